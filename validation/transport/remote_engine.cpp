#include "validation/transport/remote_engine.h"

#include <optional>
#include <thread>
#include <utility>

#include "archspace/architecture_json.h"
#include "archspace/weight_format.h"
#include "base/files.h"
#include "base/text.h"
#include "hwmodels/device_json.h"

namespace slimline {

namespace {

double number(const Json& answer, const char* key)
{
    const auto found = answer.find(key);
    if (found == answer.end() || !found->is_number()) {
        throw InputError("slimline-runner", std::string("its answer has no number '") + key + "'");
    }
    return found->get<double>();
}

PrintedMemory memory_of(const Json& answer)
{
    return {.weights = number(answer, "weights"),
            .kv_cache = number(answer, "kv_cache"),
            .compute = number(answer, "compute"),
            .resident = number(answer, "resident")};
}

std::vector<TimedOperator> stages_of(const Json& answer)
{
    std::vector<TimedOperator> stages;
    const auto found = answer.find("stages");
    if (found == answer.end() || !found->is_object()) {
        return stages;
    }
    for (const auto& [name, seconds] : found->items()) {
        if (seconds.is_number()) {
            stages.push_back({name, seconds.get<double>()});
        }
    }
    return stages;
}

}  // namespace

/// The link, and the next one when it is lost.
class RemoteEngine::Session {
 public:
    explicit Session(LinkOptions options) : options_(std::move(options)), link_(std::in_place, options_)
    {
        greeting_ = link_->greeting();
    }

    const RunnerGreeting& greeting() const { return greeting_; }
    const std::vector<int>& cores() const { return options_.cores; }
    /// Which connection this is: a model that was loaded over another one is there no more.
    int connection() const { return connection_; }
    int new_number() { return next_number_++; }

    Json ask(const Json& request)
    {
        if (!link_ || !link_->is_up()) {
            connect();
        }
        return link_->ask(request);
    }

    Json ask(const Json& request, const std::function<void(const Json&)>& each, double most_lines)
    {
        return link_ && link_->is_up() ? link_->ask(request, each, most_lines) : throw LinkLost("", "the connection was lost");
    }

    /// Nothing is said when there is no link.
    void forget(int model, int connection)
    {
        try {
            if (connection == connection_ && link_ && link_->is_up()) {
                link_->ask({{"do", "unload"}, {"model", model}});
            }
        } catch (const InputError&) {  // then there is nothing to unload
        }
    }

 private:
    /// Twice with a pause before, for a network that comes back; a failure is final, so that nobody waits for each model.
    void connect()
    {
        constexpr int most_connections = 5;
        if (!lost_.empty() || ++connection_ >= most_connections || options_.cancelled()) {
            throw InputError("", lost_.empty() ? "the connection was lost" : lost_);
        }
        for (const int pause_s : {1, 3}) {
            std::this_thread::sleep_for(std::chrono::seconds(pause_s));
            try {
                link_.emplace(options_);
                return;
            } catch (const InputError& error) {
                link_.reset();
                lost_ = error.what();
            }
        }
        throw InputError("", lost_);
    }

    LinkOptions options_;
    std::optional<RunnerLink> link_;
    RunnerGreeting greeting_{};
    std::string lost_{};  // why there is no link any more
    int connection_ = 0;
    int next_number_ = 0;
};

class RemoteEngine::Model final : public LoadedModel {
 public:
    Model(std::shared_ptr<Session> session, const TestModel& model, const std::string& program)
        : session_(std::move(session)),
          number_(session_->new_number()),
          load_{{"do", "load"},
                {"model", number_},
                {"architecture", to_json(model.arch)},
                {"mix", model.mix},
                {"kv_cache", std::string(info(model.kv_cache).name)},
                {"context", model.context},
                {"chunk", model.chunk},
                {"seed", model.seed},
                {"program", program}}
    {
        again_when_lost([&] { load(); });
    }

    ~Model() override { session_->forget(number_, loaded_over_); }
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    double run(const TestCase& test) override
    {
        const Json request{{"do", "run"},
                           {"model", number_},
                           {"phase", test.phase == Phase::decode ? "decode" : "prefill"},
                           {"tokens", test.tokens},
                           {"past", test.past},
                           {"threads", test.threads},
                           {"batch", test.batch}};
        Json answer;
        again_when_lost([&] {
            if (loaded_over_ != session_->connection()) {
                load();
            }
            answer = session_->ask(request);
        });
        stages_ = stages_of(answer);
        memory_ = memory_of(answer.contains("memory") ? answer["memory"] : Json());
        return number(answer, "seconds");
    }

    /// One that is cut is not begun anew: what was warm has cooled. A wish to stop ends the connection.
    void sustain(const sustained::Session& session, int threads, const sustained::SessionListener& listener) override
    {
        again_when_lost([&] {
            if (loaded_over_ != session_->connection()) {
                load();
            }
        });
        const Json request{{"do", "sustain"},          {"model", number_},
                           {"threads", threads},       {"seconds", session.seconds},
                           {"every_s", session.every_s}, {"rest_s", session.rest_s},
                           {"tokens", session.tokens}, {"past", session.past},
                           {"prompt", session.prompt}};
        session_->ask(request, [&](const Json& line) { listen(line, listener); }, sustained::most_samples(session) + 1);
    }

    /// As the last answer said: asked for when all is done, when the link may be gone.
    PrintedMemory memory() const override { return memory_; }
    std::vector<TimedOperator> operator_times() const override { return stages_; }

 private:
    void load()
    {
        memory_ = memory_of(session_->ask(load_));
        loaded_over_ = session_->connection();
    }

    static void listen(const Json& line, const sustained::SessionListener& listener)
    {
        const JsonDocument document{"slimline-runner", "", line};
        JsonObject object{JsonPlace(document)};
        if (const auto sensors = object.find("sensors")) {
            listener.sensors(sustained::read_sensor_list(*sensors));
        }
        if (const auto sample = object.find("sample"); sample && !listener.sample(sustained::read_sample(*sample))) {
            throw InputError("", "stopped in the middle of a long session");
        }
    }

    template <class Function>
    void again_when_lost(Function&& function)
    {
        try {
            function();
        } catch (const LinkLost&) {
            function();
        }
    }

    std::shared_ptr<Session> session_;
    int number_;
    Json load_;
    int loaded_over_ = -1;
    PrintedMemory memory_{};
    std::vector<TimedOperator> stages_{};
};

RemoteEngine::RemoteEngine(LinkOptions options, std::string program)
    : session_(std::make_shared<Session>(std::move(options))), program_(std::move(program))
{
    const Json answer = session_->ask({{"do", "engine"}, {"program", program_}});
    if (!answer.contains("version") || !answer["version"].is_string()) {
        throw InputError("slimline-runner", "its answer has no text 'version'");
    }
    version_ = printable(answer["version"].get<std::string>());
}

RemoteEngine::~RemoteEngine() = default;

std::unique_ptr<LoadedModel> RemoteEngine::load(const TestModel& model)
{
    return std::make_unique<Model>(session_, model, program_);
}

const RunnerGreeting& RemoteEngine::greeting() const
{
    return session_->greeting();
}

System RemoteEngine::system() const
{
    const std::shared_ptr<Session> session = session_;
    System system;
    system.name = session->greeting().model;
    system.only = session->cores().empty() ? session->greeting().only : session->cores();
    system.cores = system.only.empty() ? session->greeting().cores : int(system.only.size());
    system.kernels = session->greeting().kernels;
    system.text = [session](const std::string& path) {
        const Json answer = session->ask({{"do", "file"}, {"path", path}});
        return answer.contains("text") && answer["text"].is_string() ? answer["text"].get<std::string>() : std::string();
    };
    system.read_bandwidth = [session](double bytes, int threads) {
        return number(session->ask({{"do", "bandwidth"}, {"bytes", std::int64_t(bytes)}, {"threads", threads}}), "bytes_per_s");
    };
    system.read_bandwidth_on = [session](double bytes, const std::vector<int>& cores) {
        return number(session->ask({{"do", "bandwidth"}, {"bytes", std::int64_t(bytes)}, {"cores", cores}}), "bytes_per_s");
    };
    system.products_on = [session](const std::vector<int>& cores) {
        return number(session->ask({{"do", "products"}, {"cores", cores}}), "flop_per_s");
    };
    return system;
}

Device target_device(const RemoteEngine& engine, const std::string& id, const Watcher& watcher)
{
    const std::filesystem::path file = user_device_file(id);
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
        Device device = probe_device(engine.system(), watcher);
        device.id = id;
        write_file(file, pretty(to_json(device)));
    }
    return load_device(file.string());
}

}  // namespace slimline
