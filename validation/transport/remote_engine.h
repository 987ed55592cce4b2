#pragma once

#include <memory>
#include <string>

#include "validation/backends/test_engine.h"
#include "validation/probe.h"
#include "validation/transport/runner_link.h"

namespace slimline {

/// Our own engine on a target, or a llama-bench that is there, run by the runner. Models are drawn there from their seed: none crosses the link. When
/// the link is lost, it is made anew, and models are loaded again as they are asked for; what was measured stays.
class RemoteEngine final : public TestEngine {
 public:
    /// Connects; throws InputError with a fact and a remedy when that fails. `program`: llama-bench, a path on the target or
    /// a name on its PATH; "": our own engine.
    explicit RemoteEngine(LinkOptions options, std::string program = {});
    ~RemoteEngine() override;

    std::string name() const override { return program_.empty() ? "int4" : "llama.cpp"; }
    std::string version() const override { return version_; }
    std::unique_ptr<LoadedModel> load(const TestModel& model) override;
    bool computes_past() const override { return !program_.empty(); }

    const RunnerGreeting& greeting() const;
    /// What the target's operating system tells of it, and its bandwidth, for a probe.
    System system() const;

 private:
    class Session;
    class Model;

    std::shared_ptr<Session> session_;
    std::string program_;
    std::string version_;
};

/// The target's device as the user's file `id` says; probed and written when there is none yet.
Device target_device(const RemoteEngine& engine, const std::string& id, const Watcher& watcher);

}  // namespace slimline
