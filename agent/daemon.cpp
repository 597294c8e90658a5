#include "agent/daemon.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>

#include "agent/brain.hpp"
#include "agent/instruments.hpp"
#include "agent/ledger.hpp"
#include "agent/log.hpp"
#include "agent/loop/loop.hpp"
#include "agent/memory.hpp"
#include "agent/page/page.hpp"
#include "agent/recording/folder.hpp"
#include "agent/recording/keeper.hpp"
#include "agent/scheduler.hpp"
#include "agent/store/store.hpp"
#include "alerting/channels/smtp.hpp"
#include "alerting/outbox.hpp"
#include "alerting/recipes.hpp"
#include "config/load.hpp"
#include "probes/witness/ris/ris_live.hpp"

namespace sereno {

namespace {

constexpr Micros longest_tick{1'000'000};
constexpr Micros after_first_round{15'000'000}, an_hour{3'600'000'000};
constexpr std::size_t most_remembered = 10'000;

MailSecurity mail_security(SmtpConfig::Security security) {
    switch (security) {
        case SmtpConfig::Security::none:
            return MailSecurity::none;
        case SmtpConfig::Security::starttls:
            return MailSecurity::starttls;
        case SmtpConfig::Security::tls:
            break;
    }
    return MailSecurity::tls;
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

}  // namespace

std::string data_directory(const Settings& settings) {
    if (!settings.data_directory.empty()) return settings.data_directory;
    // systemd may name several, separated by colons; the first is ours.
    if (const std::string state = environment("STATE_DIRECTORY"); !state.empty())
        return state.substr(0, state.find(':'));
    if (const std::string state = environment("XDG_STATE_HOME"); !state.empty()) return state + "/sereno";
    if (const std::string home = environment("HOME"); !home.empty()) return home + "/.local/state/sereno";
    throw std::runtime_error(
        "no folder for the data: neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME is set; "
        "write 'data: /var/lib/sereno' in the configuration");
}

std::string database_path(const Settings& settings) {
    return data_directory(settings) + "/sereno.db";
}

struct Daemon::Impl {
    Settings settings;
    std::unique_ptr<Store> store;
    Loop loop;
    Instruments instruments;
    Brain brain;
    FlightRecorder recorder;
    RecordingKeeper keeper;
    Scheduler scheduler;
    std::unique_ptr<StoreLedger> ledger;  ///< outlives the outbox
    std::unique_ptr<Outbox> outbox;
    std::unique_ptr<Page> page;
    Words log_words;
    Loop::Timer tick, tidy;
    Micros tick_length;
    Micros wall_offset{0};
    MessageId last_message;
    std::uint64_t last_batch = 0;
    std::map<std::uint64_t, std::vector<OutboxMessage>> unwritten;  ///< messages of batches under way
    std::set<MessageId> handed_over;
    std::map<WitnessId, WitnessHealth::State> witness_states;

    explicit Impl(Settings s)
        : settings(std::move(s)),
          store(open_store(settings)),
          loop(store->restored().latest),
          instruments(loop, settings),
          keeper(recordings_folder(data_directory(settings)),
                 [](bool lost, const std::string& text) { lost ? log::warning(text) : log::info(text); }),
          scheduler(instruments.context, Permits{},
                    [this](Observation observation) {
                        feed(Observed{loop.now(), std::move(observation)});
                    }),
          log_words(builtin_messages(), "en"),
          tick_length(std::min(longest_tick, settings.watch.thresholds.local_after / 4 + Micros{50'000})) {}

    /// The store goes before the loop: it hands its answers to it. What sends goes before the store.
    ~Impl() {
        recorder.finish();
        keeper.write(recorder.take_pieces());
        page.reset();
        outbox.reset();
        store.reset();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    static std::unique_ptr<Store> open_store(const Settings& settings) {
        const std::string path = database_path(settings);
        std::error_code ignored;  // Store::open names what is wrong with the folder
        std::filesystem::create_directories(std::filesystem::path(path).parent_path().parent_path(), ignored);
        std::string warning;
        auto store = Store::open(path, warning);
        if (!warning.empty()) log::warning(warning);
        return store;
    }

    int run() {
        store->attach(loop);
        store->on_trouble([this](const std::optional<StoreError>& error) { disk_trouble(error); });
        last_message = store->restored().last_message;
        ledger = std::make_unique<StoreLedger>(loop, *store);
        outbox = std::make_unique<Outbox>(
            loop, *ledger, make_channels(),
            RetryRules{settings.alert_retry_first, settings.alert_retry_most, settings.alert_give_up},
            [this](const OutboxMessage& message) {
                feed(DeliveryReport{loop.now(), message});
            });
        if (settings.page_enabled) open_page();
        loop.on_signals({SIGINT, SIGTERM}, [this](int signal) {
            log::info(std::string("stopping on ") + (signal == SIGINT ? "SIGINT" : "SIGTERM"));
            loop.stop();
        });

        const Restored& restored = store->restored();
        instruments.remembered.restore(restored.facts);
        instruments.remembered.on_change([this](const Fact& fact) {
            if (store) store->remember(fact);
        });
        feed(ConfigChanged{loop.now(), settings.watch, settings.recipients, settings.playbooks});
        feed(Started{loop.now(), restored.unfinished, restored.last_decision, restored.last_incident,
                     restored.recent, restored.decisions});
        listen_to_witnesses();
        for (const OutboxMessage& message : restored.waiting)
            feed(DeliveryReport{loop.now(), message});
        outbox->add(restored.waiting);
        if (!restored.waiting.empty())
            log::info("messages waiting from the last run: " + std::to_string(restored.waiting.size()));
        scheduler.watch(settings.watch.probes);
        say_hello();
        next_tick();
        tidy_after(after_first_round);
        loop.run();
        return 0;
    }

    void listen_to_witnesses() {
        instruments.witnesses.board.on_change([this](const WitnessHealth& health) {
            log_witness(health);
            feed(WitnessReported{loop.now(), health});
        });
        if (!instruments.witnesses.ris_live) return;
        // Reading what the feed says costs nothing; what changed is read at once.
        instruments.witnesses.ris_live->on_change([this](const std::string&) {
            for (const ProbeSpec& spec : settings.watch.probes)
                if (std::holds_alternative<RouteVisibility>(spec.task)) scheduler.hasten(spec.id, loop.now());
        });
    }

    void open_page() {
        page = std::make_unique<Page>(
            loop, PageSettings{.listen = settings.page, .team = settings.team, .language = settings.language},
            builtin_messages(),
            PageHistory{
                [this](Stamp since, std::size_t limit, auto done) { store->decisions(since, limit, done); },
                [this](std::size_t limit, auto done) { store->incidents(limit, done); }});
    }

    void say_hello() const {
        std::string names;
        for (const Platform& p : settings.watch.platforms)
            names += (names.empty() ? "" : ", ") + p.name;
        log::info("watching " + names + " with " + std::to_string(settings.watch.probes.size()) +
                  " probes and " + std::to_string(settings.watch.controls.size()) + " controls");
        if (page) log::info("page: " + page->url());
        if (settings.recipients.empty())
            log::warning("nobody would be alerted: add 'people' and 'channels' to the configuration");
    }

    void next_tick() {
        tick = loop.after(tick_length, [this] {
            if (const Micros offset = loop.wall_offset(); offset != wall_offset) {
                wall_offset = offset;
                log::warning("the clock was set; it now differs from our timeline by " +
                             duration_text(offset));
                feed(ClockStepped{loop.now(), offset});
            }
            feed(Tick{loop.now()});
            next_tick();
        });
    }

    void tidy_after(Micros delay) {
        tidy = loop.after(delay, [this] {
            hand_back_memory();
            tidy_after(an_hour);
        });
    }

    // ---- into the brain, and out of it ----

    void feed(const Event& event) {
        if (const auto* observed = std::get_if<Observed>(&event)) log_probe(observed->observation);
        const std::vector<Effect> effects = brain.on(event);
        record(event, effects);
        StoreBatch batch;
        for (const Effect& effect : effects)
            std::visit([&](const auto& e) { apply(e, batch); }, effect);
        if (!batch.empty()) keep(std::move(batch));
    }

    void record(const Event& event, const std::vector<Effect>& effects) {
        const bool was_on = recorder.on();
        recorder.note(event, effects, brain);
        keeper.write(recorder.take_pieces());
        if (was_on && !recorder.on())
            log::warning("nothing is recorded for replay: more than " +
                         std::to_string(RecorderLimits{}.most_probes) + " probes; watch fewer platforms");
    }

    void apply(const RunProbe& effect, StoreBatch&) { scheduler.hasten(effect.probe, effect.due); }
    void apply(const RecordDecision& effect, StoreBatch& batch) {
        const Verdict& verdict = effect.record.verdict;
        log::info(verdict.subject.value + " " + std::string(to_string(verdict.decision)) +
                  " cause=" + std::string(to_string(verdict.cause)) +
                  " confidence=" + std::to_string(verdict.confidence_permille) +
                  (effect.record.incident.empty()
                       ? ""
                       : " incident=" + std::to_string(effect.record.incident.value)));
        batch.decisions.push_back(effect.record);
    }
    void apply(const RecordIncident& effect, StoreBatch& batch) {
        const Incident& incident = effect.incident;
        log::info("incident " + std::to_string(incident.id.value) + " (" + incident.key + ") is " +
                  std::string(to_string(incident.state)));
        batch.incidents.push_back(incident);
    }
    void apply(const Enqueue& effect, StoreBatch& batch) { batch.messages.push_back(render(effect)); }
    void apply(const PublishSnapshot& effect, StoreBatch&) {
        if (page) page->show(effect.snapshot);
    }

    /// Written first, sent when the write is durable. A disk that cannot be written must not silence us: then
    /// they are sent at once, and written when it can.
    void keep(StoreBatch batch) {
        for (OutboxMessage& message : batch.messages)
            message.id = MessageId{++last_message.value};
        const std::uint64_t number = ++last_batch;
        unwritten[number] = batch.messages;
        store->commit(std::move(batch), [this, number](const std::vector<MessageId>& ids,
                                                       const std::optional<StoreError>& error) {
            const std::vector<OutboxMessage> messages = std::move(unwritten[number]);
            unwritten.erase(number);
            if (error) log::error("not kept: " + error->what);
            std::vector<OutboxMessage> stored;
            for (std::size_t i = 0; i < messages.size(); ++i) {
                // An empty number: told already, by a run before this one.
                if (error || (i < ids.size() && !ids[i].empty())) stored.push_back(messages[i]);
            }
            send(std::move(stored));
        });
        if (ledger->disk_works()) return;
        send(unwritten[number]);
    }

    /// The outbox takes no message twice.
    void send(std::vector<OutboxMessage> messages) {
        for (const OutboxMessage& message : messages)
            if (handed_over.insert(message.id).second) feed(DeliveryReport{loop.now(), message});
        while (handed_over.size() > most_remembered)
            handed_over.erase(handed_over.begin());
        outbox->add(std::move(messages));
    }

    void disk_trouble(const std::optional<StoreError>& error) {
        ledger->set_disk_works(!error);
        if (!error) {
            log::info("writing to disk works again");
            return;
        }
        log::error("cannot write: " + error->what +
                   "; what happens is kept in memory and written later, alerts are sent all the same");
        for (const auto& [number, messages] : std::map(unwritten))
            send(messages);
    }

    OutboxMessage render(const Enqueue& effect) const {
        const Words words(builtin_messages(), effect.recipient.language);
        AlertForm form = AlertForm::mail;
        for (const ChannelConfig& channel : settings.channels) {
            const auto* const service = std::get_if<RecipeConfig>(&channel.service);
            if (channel.id == effect.recipient.channel && service != nullptr &&
                service->recipe.form == Recipe::Form::brief)
                form = AlertForm::sms;
        }
        const RenderedAlert alert =
            render_alert(words, form, effect.kind, effect.incident, effect.steps, wall_offset, settings.team,
                         page ? page->url() : "", command_text(effect.restart_command));
        OutboxMessage message;
        message.incident = effect.incident.id;
        message.kind = effect.kind;
        message.recipient = effect.recipient;
        message.subject = alert.subject;
        message.body = alert.body;
        message.created = message.next_try = effect.at;
        return message;
    }

    void log_witness(const WitnessHealth& health) {
        WitnessHealth::State& before = witness_states[health.id];
        if (before == health.state) return;
        before = health.state;
        if (health.state == WitnessHealth::State::unable)
            log::warning("witness=" + health.id.value + " is unknown: " + health.why);
        else
            log::info("witness=" + health.id.value + " is heard: " + health.words);
    }

    static void log_probe(const Observation& o) {
        if (!log::enabled(log::Level::debug)) return;
        log::debug("probe=" + o.probe.value + " reached=" + std::string(to_string(o.reached)) +
                   " failure=" + std::string(to_string(o.failure)) +
                   " late_us=" + std::to_string((o.started - o.scheduled).count()) +
                   " took_us=" + std::to_string((o.finished - o.started).count()) + " detail=" + o.detail);
    }

    std::vector<std::unique_ptr<Channel>> make_channels() {
        std::vector<std::unique_ptr<Channel>> channels;
        for (const ChannelConfig& config : settings.channels) {
            if (const auto* smtp = std::get_if<SmtpConfig>(&config.service)) {
                SmtpSettings s{.id = config.id,
                               .host = smtp->host,
                               .port = smtp->port,
                               .security = mail_security(smtp->security),
                               .user = smtp->user,
                               .password = smtp->password.value,
                               .from = smtp->from,
                               .ca_bundle = settings.ca_bundle};
                channels.push_back(make_smtp_channel(loop, instruments.own_dns, instruments.transfers,
                                                     instruments.context.resolvers, std::move(s)));
            } else if (const auto* service = std::get_if<RecipeConfig>(&config.service)) {
                RecipeChannelSettings s{
                    .id = config.id,
                    .service = {service->recipe, service->base_url, service->settings, {}},
                    .ca_bundle = settings.ca_bundle,
                    .timeout = service->timeout};
                for (const auto& [name, secret] : service->secrets)
                    s.service.secrets[name] = secret.value;
                channels.push_back(make_recipe_channel(loop, instruments.own_dns, instruments.transfers,
                                                       instruments.context.resolvers, std::move(s)));
            }
        }
        return channels;
    }
};

Daemon::Daemon(Settings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
Daemon::~Daemon() = default;
int Daemon::run() {
    return impl_->run();
}

}  // namespace sereno
