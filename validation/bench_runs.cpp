#include "validation/bench_runs.h"

#include <algorithm>
#include <optional>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace slimline {

namespace {

BenchRuns& runs_of(BenchFile& file, const BenchRow& row)
{
    const int threads = row.backend == BackendKind::cpu ? row.threads : 0;
    const auto found = std::ranges::find_if(
        file.runs, [&](const BenchRuns& each) { return each.backend == row.backend && each.threads == threads; });
    if (found != file.runs.end()) {
        return *found;
    }
    file.runs.push_back({.backend = row.backend, .threads = threads, .engine_version = row.build});
    return file.runs.back();
}

std::string why_unused(const BenchRow& row)
{
    if (row.prompt > 0 && row.generated > 0) {
        return "prompt and generated tokens in one time (pp+tg)";
    }
    if (row.key_type != row.value_type || !format_named(row.key_type)) {
        return "KV cache in " + printable(row.key_type, 20) + " and " + printable(row.value_type, 20);
    }
    return {};
}

/// The model's place in the plan; longer runs make its context longer.
std::size_t place_in(std::vector<PlannedModel>& plan, TestModel model)
{
    const auto found = std::ranges::find_if(plan, [&](const PlannedModel& each) {
        return each.model.arch == model.arch && each.model.mix == model.mix && each.model.chunk == model.chunk &&
               each.model.kv_cache == model.kv_cache;
    });
    if (found == plan.end()) {
        plan.push_back({std::move(model), {}});
        return plan.size() - 1;
    }
    found->model.context = std::max(found->model.context, model.context);
    return std::size_t(found - plan.begin());
}

void add_row(BenchFile& file, const BenchRow& row, const Architecture& arch)
{
    BenchRuns& runs = runs_of(file, row);
    const bool decode = row.generated > 0;
    const TestCase test{.phase = decode ? Phase::decode : Phase::prefill,
                        .tokens = decode ? row.generated : row.prompt,
                        .past = row.depth,
                        .threads = runs.threads};
    const std::size_t model = place_in(runs.plan, {.arch = arch,
                                                   .mix = mix_of(row),
                                                   .kv_cache = *format_named(row.key_type),
                                                   .context = test.past + test.tokens,
                                                   .chunk = row.chunk});
    const double seconds = row.seconds / (decode ? row.generated : 1);
    std::vector<TestCase>& cases = runs.plan[model].cases;
    if (std::ranges::find(cases, test) != cases.end()) {  // measured again: another sample
        const auto same = [&](const SampledCase& each) { return each.model == model && each.test == test; };
        std::ranges::find_if(runs.sampling.cases, same)->seconds.push_back(seconds);
        return;
    }
    cases.push_back(test);
    runs.sampling.cases.push_back({model, test, {seconds}, {}});
}

}  // namespace

BenchFile read_bench_file(const std::string& name, const std::string& text, const ModelNames& names)
{
    BenchFile file;
    std::map<std::string, Architecture> known;
    for (const BenchRow& row : bench_rows(read_bench_fields(name, text))) {
        if (const std::string reason = why_unused(row); !reason.empty()) {
            ++file.unused[reason];
            continue;
        }
        const std::string key = row.model + "\n" + row.file + "\n" + std::to_string(row.parameters);
        if (!known.contains(key)) {
            known[key] = architecture_of(row, names);
        }
        add_row(file, row, known[key]);
    }
    if (file.runs.empty()) {
        throw InputError(name, "holds no result that can be used: " + file.unused.begin()->first,
                         "run llama-bench with -p 512 -n 128");
    }
    for (BenchRuns& each : file.runs) {
        each.sampling.memory.resize(each.plan.size());
        each.sampling.repeatability = repeatability_of(each.sampling.cases);
    }
    return file;
}

BenchFile load_bench_file(const std::filesystem::path& path, const ModelNames& names)
{
    return read_bench_file(path.string(), read_file(path), names);
}

}  // namespace slimline
