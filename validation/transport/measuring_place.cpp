#include "validation/transport/measuring_place.h"

#include "base/text.h"
#include "simulator/engine.h"
#include "validation/backends/test_engines.h"
#include "validation/probe.h"
#include "validation/transport/remote_engine.h"

namespace slimline {

namespace {

MeasuringPlace place_of(std::unique_ptr<TestEngine> engine, std::function<Device(const Watcher&)> device)
{
    MeasuringPlace place{.engine = std::move(engine), .bed = {}};
    place.bed = [engine = place.engine.get(), device = std::move(device)](const Watcher& watcher) {
        return Bed{.device = device(watcher),
                   .backend = BackendKind::cpu,
                   .engine_name = engine->name(),
                   .engine = engine_named(engine->name())};
    };
    return place;
}

}  // namespace

MeasuringPlace place_here(const std::string& name)
{
    return place_of(test_engine_named(name), local_device);
}

MeasuringPlace place_on_target(const std::string& name, LinkOptions link)
{
    const bool ours = name == "int4";
    if (!ours && name != "llama-bench" && name.find('/') == std::string::npos) {
        throw InputError("engine", "'" + printable(name) + "' runs on this machine only",
                         "name no target, or measure there with int4, llama-bench or its path there");
    }
    const std::string id = device_id_of(link);
    auto remote = std::make_unique<RemoteEngine>(std::move(link), ours ? std::string() : name);
    auto device = [engine = remote.get(), id](const Watcher& watcher) { return target_device(*engine, id, watcher); };
    return place_of(std::move(remote), std::move(device));
}

}  // namespace slimline
