#include "validation/run_plan.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "archspace/inline_architecture.h"
#include "archspace/weight_mix.h"

namespace slimline {

namespace {

constexpr double past_bytes_per_s = 0.3e9;  // making up keys and values
constexpr double least_effort_s = 1;        // a model more is a model more to make and to keep
constexpr int steps_at_once = 8;            // tokens of a decode case

struct Candidate {
    PlannedModel planned;
    std::vector<std::size_t> runs;  // indices into the informant's
    double seconds = 0;
    double bytes = 0;
};

/// Of reading what is in the cache before a case, where an engine cannot make it up.
double past_seconds(const TestModel& model, const TestCase& test, const Calibration& start, const Bed& bed,
                    const PlanOptions& options)
{
    if (test.past == 0 || !options.past_is_computed) {
        return 0;
    }
    const TestCase reading{.phase = Phase::prefill, .tokens = test.past, .past = 0, .threads = test.threads};
    return predicted_seconds({work_of(model, reading, bed, start), {}}, start, bed);
}

double seconds_of_run(const TestCase& test, double predicted)
{
    return predicted * (test.phase == Phase::decode ? test.tokens + 1 : 1);
}

template <std::size_t N>
int pick(std::mt19937_64& random, const int (&values)[N])
{
    return values[random() % N];
}

std::string random_shape(std::mt19937_64& random)
{
    const int d = pick(random, {384, 512, 576, 640, 768, 896, 960, 1024, 1152, 1280, 1536, 2048, 2560});
    const int head_dim = pick(random, {32, 64, 64, 64, 80, 96, 128, 128, 256});
    const int group = pick(random, {1, 1, 2, 3, 4, 7, 8});
    const int kv = std::max(1, d / head_dim / group);
    const int ffn = int(d * (1.5 + double(random() % 1000) / 1000 * 4)) / 32 * 32;
    const int vocabulary = pick(random, {4096, 16384, 32768, 49152, 65536, 131072});
    // Layers so that the stack has 25 to 600 million weights.
    const double layer = 2.0 * d * kv * group * head_dim + 2.0 * d * kv * head_dim + 3.0 * d * ffn;
    const double weights = 25e6 * std::pow(24.0, double(random() % 1000) / 1000);
    const int layers = std::clamp(int(weights / layer), 2, 48);
    return "L=" + std::to_string(layers) + ",d=" + std::to_string(d) + ",h=" + std::to_string(kv * group) +
           ",kv=" + std::to_string(kv) + ",hd=" + std::to_string(head_dim) + ",ffn=" + std::to_string(ffn) +
           ",V=" + std::to_string(vocabulary) + (random() % 4 == 0 ? ",untied" : ",tied");
}

}  // namespace

std::vector<Architecture> calibration_shapes(std::uint64_t seed)
{
    constexpr int count = 160;
    std::mt19937_64 random(seed);
    std::vector<Architecture> shapes;
    for (int i = 0; i < count; ++i) {
        shapes.push_back(inline_architecture(random_shape(random)));
        shapes.back().id = "calibration-" + std::to_string(i + 1);
    }
    return shapes;
}

std::vector<TestCase> calibration_cases(int threads)
{
    std::vector<TestCase> cases;
    for (const int past : {0, 512, 2040}) {
        cases.push_back({.phase = Phase::decode, .tokens = steps_at_once, .past = past, .threads = threads});
    }
    for (const int prompt : {32, 128, 512}) {
        cases.push_back({.phase = Phase::prefill, .tokens = prompt, .past = 0, .threads = threads});
    }
    return cases;
}

std::vector<PlannedModel> plan_runs(const Calibration& start, const Bed& bed, const PlanOptions& options)
{
    std::vector<Candidate> candidates;
    std::vector<TimedRun> runs;
    const WeightMix mix = mix_named(options.mix);
    for (const Architecture& arch : calibration_shapes(options.seed)) {
        Candidate c{{{.arch = arch, .mix = options.mix, .context = calibration_context}, {}}, {}, 0, 0};
        c.bytes = weight_bytes(arch, mix);
        c.seconds = c.bytes / options.load_bytes_per_s;
        for (const TestCase& test : calibration_cases(options.threads)) {
            TimedRun run{work_of(c.planned.model, test, bed, start), {}};
            run.work.seconds = predicted_seconds(run, start, bed);
            run.stages = predicted_stages(run, start, bed);
            c.planned.cases.push_back(test);
            c.seconds += past_seconds(c.planned.model, test, start, bed, options) + run.work.kv_bytes / past_bytes_per_s +
                         options.rounds * seconds_of_run(test, run.work.seconds);
            c.runs.push_back(runs.size());
            runs.push_back(std::move(run));
            if (test.past > 1024 || test.tokens >= 128) {  // decode only, with short prompts, with long ones
                candidates.push_back(c);
            }
        }
    }

    const Informant informant(start, runs, bed);
    std::vector<PlannedModel> plan;
    std::vector<std::size_t> chosen;
    double known = informant.information(chosen);
    double seconds = 0;
    double bytes = 0;
    while (true) {
        double best_rate = 0;
        double best_known = known;
        std::size_t best = candidates.size();
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const Candidate& c = candidates[i];
            if (seconds + c.seconds > options.budget_s || bytes + c.bytes > options.most_bytes) {
                continue;
            }
            std::vector<std::size_t> with = chosen;
            with.insert(with.end(), c.runs.begin(), c.runs.end());
            const double knows = informant.information(with);
            const double rate = (knows - known) / (least_effort_s + c.seconds);
            if (rate > best_rate) {
                best_rate = rate;
                best_known = knows;
                best = i;
            }
        }
        if (best == candidates.size()) {
            return plan;
        }
        const Candidate& c = candidates[best];
        chosen.insert(chosen.end(), c.runs.begin(), c.runs.end());
        known = best_known;
        seconds += c.seconds;
        bytes += c.bytes;
        plan.push_back(c.planned);
        const std::string id = c.planned.model.arch.id;
        std::erase_if(candidates, [&](const Candidate& each) { return each.planned.model.arch.id == id; });
    }
}

}  // namespace slimline
