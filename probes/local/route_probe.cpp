// Is there a way out, and is its interface able to carry anything? Asks the kernel only.
#include <utility>

#include "probes/classify.hpp"
#include "probes/kinds.hpp"
#include "probes/local/routing.hpp"

namespace sereno {

namespace {

class RouteRun final : public Attempt {
  public:
    RouteRun(const RouteLookup& task, Begin begin) : Attempt(std::move(begin)) {
        seen().address = task.gateway;
        const RouteAnswer answer = task.gateway.empty() ? default_route() : route_to(task.gateway);
        if (answer.error != 0)
            fail(Stage::link, local_failure(answer.error), "routing table: " + errno_text(answer.error));
        else if (!answer.route)
            no_route(task);
        else
            judge(*answer.route);
    }

  private:
    /// Switching an interface off takes its routes away, so the interfaces say which of the two came first.
    void no_route(const RouteLookup& task) {
        const std::string what = task.gateway.empty() ? "no default route" : "no route to " + task.gateway;
        const LinkCount links = count_links();
        if (links.error == 0 && links.all > 0 && links.running == 0)
            fail(Stage::link, Failure::link_down, what + ", and no interface is up with a carrier");
        else
            fail(Stage::link, Failure::no_route, what);
    }

    /// For people who wonder whether this network offers IPv6 at all; what it is worth, others find out.
    static std::string ipv6() {
        const RouteAnswer answer = route_to_ipv6();
        if (!answer.route) return "no IPv6 route";
        return "IPv6 " + (answer.route->gateway.empty() ? "on the link" : "via " + answer.route->gateway);
    }

    void judge(const Route& route) {
        if (seen().address.empty()) seen().address = route.gateway;
        const Link link = link_of(route.interface);
        const std::string way = (route.gateway.empty() ? "" : "via " + route.gateway + " ") + "dev " +
                                (link.name.empty() ? std::to_string(route.interface) : link.name);
        if (link.error != 0)
            fail(Stage::link, local_failure(link.error), way + ": " + errno_text(link.error));
        else if (!link.up)
            fail(Stage::link, Failure::link_down, way + ": the interface is switched off");
        else if (!link.running || route.carrier_lost)
            fail(Stage::link, Failure::link_down, way + ": the interface has no carrier");
        else
            pass(way + ", " + ipv6());
    }
};

}  // namespace

Run start(const RouteLookup& task, Begin begin) {
    return std::make_unique<RouteRun>(task, std::move(begin));
}

}  // namespace sereno
