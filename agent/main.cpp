// Arguments to a command.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "agent/commands/check.hpp"
#include "agent/commands/decisions.hpp"
#include "agent/commands/export.hpp"
#include "agent/commands/rehearse.hpp"
#include "agent/commands/replay.hpp"
#include "agent/commands/run.hpp"
#include "agent/commands/validate.hpp"
#include "agent/commands/witnesses.hpp"

int main(int argc, char** argv) {
    using namespace sereno;
    CLI::App app{"sereno: is it us, or is it everyone? The outage watchman for small teams."};
    app.set_version_flag("--version", "sereno " SERENO_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Without --config: /etc/sereno/sereno.yaml if there is one, else facebook, instagram and whatsapp.");

    int status = EX_OK;

    RunOptions run_options;
    auto* run_command = app.add_subcommand("run", "Watch, decide, alert and show, until stopped");
    run_command->add_option("--config,-c", run_options.config, "The configuration file");
    run_command->add_flag("--verbose,-v", run_options.verbose, "Say what every probe saw");
    run_command->callback([&] { status = run(run_options); });

    CheckOptions check_options;
    auto* check_command = app.add_subcommand(
        "check", "One round now: 0 all well, 1 restart the app or fix the network, 2 outage, 3 not sure");
    check_command->add_option(
        "platforms", check_options.platforms,
        "Only these (default: all that are watched). RIPEstat and Globalping, which are asked "
        "sparingly, are asked about these, else only about those in doubt");
    check_command->add_option("--config,-c", check_options.config, "The configuration file");
    check_command->add_flag("--json", check_options.json, "Print one JSON object");
    check_command->callback([&] { status = check(check_options); });

    WitnessesOptions witnesses_options;
    auto* witnesses_command = app.add_subcommand(
        "witnesses",
        "How those who look from elsewhere are, asked of the running sereno: 0 none unknown, 3 some are");
    witnesses_command->add_option("--config,-c", witnesses_options.config,
                                  "The configuration file that it runs with");
    witnesses_command->add_flag("--json", witnesses_options.json, "Print one JSON object");
    witnesses_command->callback([&] { status = witnesses(witnesses_options); });

    std::string file;
    auto* validate_command =
        app.add_subcommand("validate", "Say everything that is wrong with a configuration file");
    validate_command->add_option("file", file, "The configuration file")->required();
    validate_command->callback([&] { status = validate(file); });

    DecisionsOptions decisions_options;
    auto* decisions_command = app.add_subcommand("decisions", "What was decided, oldest first");
    decisions_command->add_option("--config,-c", decisions_options.config, "The configuration file");
    decisions_command->add_option("--since", decisions_options.since,
                                  "An RFC 3339 time, or how long ago: 15min, 2h, 7d");
    decisions_command->add_flag("--json", decisions_options.json, "One JSON object a line");
    decisions_command->callback([&] { status = decisions(decisions_options); });

    ExportOptions export_options;
    auto* export_command =
        app.add_subcommand("export", "The recording in which an incident began, as one file");
    export_command->add_option("incident", export_options.incident, "Its number")->required();
    export_command->add_option("--config,-c", export_options.config, "The configuration file");
    export_command->add_flag("--redact", export_options.redact,
                             "Names, addresses and texts become pseudonyms; it still replays");
    export_command->add_option("--output,-o", export_options.output,
                               "The file; compressed when it ends in .gz, '-' is standard output (default: "
                               "sereno-incident-NUMBER.jsonl.gz)");
    export_command->callback([&] { status = export_incident(export_options); });

    ReplayOptions replay_options;
    auto* replay_command = app.add_subcommand(
        "replay", "Decide again what was recorded: 0 the same to the byte, 3 not, with the difference");
    replay_command->add_option("file", replay_options.file, "The recording")->required();
    replay_command->add_flag("--json", replay_options.json, "Every effect, one JSON object a line");
    replay_command->callback([&] { status = replay(replay_options); });

    RehearseOptions rehearse_options;
    auto* rehearse_command = app.add_subcommand(
        "rehearse", "Re-enact an outage with real packets on a miniature Internet on this computer");
    rehearse_command
        ->add_option("scenario", rehearse_options.scenario,
                     "facebook-2021, router-down, app-broken, or a file")
        ->required();
    rehearse_command
        ->add_option("--speed", rehearse_options.speed,
                     "Scenario seconds a real second (default: the scenario's own)")
        ->check(CLI::Range(1, 120));
    rehearse_command->add_flag("--json", rehearse_options.json, "Print one JSON object at the end");
    rehearse_command->add_flag("--keep", rehearse_options.keep,
                               "Keep the folder with configuration, log and database");
    rehearse_command->add_option("--page-port", rehearse_options.page_port,
                                 "Where the agent's page is, on 127.0.0.1");
    rehearse_command->callback([&] { status = rehearse(rehearse_options); });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EX_OK : EX_USAGE;
    } catch (const std::exception& error) {
        std::cerr << "sereno: " << error.what() << '\n';
        return EX_SOFTWARE;
    }
    return status;
}
