#include "gui/viewmodel/live_frame.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "explorer/knee.h"

namespace slimline::gui {

namespace {

constexpr std::array changing{DesignMetric::ttft,   DesignMetric::tpot,   DesignMetric::total,
                              DesignMetric::energy, DesignMetric::memory, DesignMetric::tpot_per_character};
constexpr std::array lasting{DesignMetric::loss, DesignMetric::parameters, DesignMetric::active_parameters,
                             DesignMetric::loss_per_character};

void measure_columns(DesignRows& rows, const LiveSpace& space, const LiveRun& run, std::span<const DesignMetric> metrics)
{
    std::array<double*, metric_count> columns{};
    for (std::size_t k = 0; k < metrics.size(); ++k) {
        const std::shared_ptr<std::vector<double>> column = rows.spare->take(rows.size());
        columns[k] = column->data();
        rows.columns[std::size_t(column_of(metrics[k]))] = column;
    }
    space.measure(run, *rows.gathered, metrics, columns);
}

constexpr std::size_t most_spare = 2 * live_metric_count;  // of the frame that is shown and the next one

}  // namespace

std::shared_ptr<SpareColumns::Numbers> SpareColumns::take(std::size_t size)
{
    std::unique_ptr<Numbers> numbers;
    {
        const std::lock_guard lock(guard_);
        if (!spare_.empty()) {
            numbers = std::move(spare_.back());
            spare_.pop_back();
        }
    }
    if (!numbers) {
        numbers = std::make_unique<Numbers>();
    }
    numbers->resize(size);
    return {numbers.release(), [home = weak_from_this()](Numbers* left) {
                std::unique_ptr<Numbers> back(left);
                if (const auto spares = home.lock()) {
                    const std::lock_guard lock(spares->guard_);
                    if (spares->spare_.size() < most_spare) {
                        spares->spare_.push_back(std::move(back));
                    }
                }
            }};
}

DesignRows fixed_rows(const LiveSpace& space, const LiveRun& run, Rows chosen)
{
    DesignRows rows;
    rows.rows = std::move(chosen);
    rows.gathered = std::make_shared<const GatheredRows>(space.gathered(rows.rows));
    measure_columns(rows, space, run, lasting);
    std::array<std::vector<double>, column_count> columns;
    for (const std::uint32_t row : rows.rows) {
        const Candidate candidate = space.candidate(row);
        for (std::size_t c = live_metric_count; c < column_count; ++c) {
            columns[c].push_back(value_of(Column(c), candidate));
        }
    }
    for (std::size_t c = live_metric_count; c < column_count; ++c) {
        rows.columns[c] = std::make_shared<const std::vector<double>>(std::move(columns[c]));
    }
    return rows;
}

DesignRows measured(DesignRows rows, const LiveSpace& space, const LiveRun& run)
{
    measure_columns(rows, space, run, changing);
    return rows;
}

Rows shown_rows(const LiveSpace& space, std::size_t most)
{
    if (space.size() <= most) {
        return space.all_rows();
    }
    Rows rows;
    for (std::size_t i = 0; i < most; ++i) {
        // A step of the golden ratio within equal pieces: no pattern of the space's order shows.
        const double within = double(i) * 0.6180339887498949;
        const double at = (double(i) + within - double(std::int64_t(within))) / double(most) * double(space.size());
        rows.push_back(std::uint32_t(at));
    }
    return rows;
}

std::vector<std::uint8_t> within_limits(const DesignRows& rows, const SearchQuestion& q, double memory)
{
    std::vector<std::uint8_t> within(rows.size(), 1);
    const auto keep = [&](Column column, double least, double most) {
        const std::vector<double>& values = rows[column];
        for (std::size_t i = 0; i < within.size(); ++i) {
            within[i] = std::uint8_t(int(within[i] != 0) & int(values[i] >= least) & int(values[i] <= most));
        }
    };
    keep(Column::memory, 0, memory);
    for (const Limit& limit : q.limits) {
        keep(column_of(limit.metric), limit.least, limit.most);
    }
    return within;
}

Rows hopeful_rows(const DesignRows& rows, std::span<const std::uint8_t> within, const SearchQuestion& question)
{
    Rows hopeful;
    if (question.objectives.size() != 2) {
        std::ranges::copy_if(rows.rows, std::back_inserter(hopeful), [&, i = std::size_t{0}](std::uint32_t) mutable { return within[i++] != 0; });
        return hopeful;
    }
    // The first objective in slices: whoever is no better in the second than the best of all slices before is beaten.
    constexpr std::size_t slices = 2048;
    const std::vector<double>& x = rows[column_of(question.objectives[0])];
    const std::vector<double>& y = rows[column_of(question.objectives[1])];
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (within[i] != 0 && std::isfinite(x[i])) {
            least = std::min(least, x[i]);
            most = std::max(most, x[i]);
        }
    }
    // The front is where the first one is small: slices are narrow there.
    const auto slice_of = [least, scale = most > least ? (slices - 1) / (most - least) : 0.0](double value) {
        const double way = (value - least) * scale / (slices - 1);
        return way >= 0 && way <= 1 ? std::size_t(std::sqrt(way) * (slices - 1)) : slices - 1;
    };
    std::vector<double> best(slices, std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (within[i] != 0) {
            double& here = best[slice_of(x[i])];
            here = std::min(here, y[i]);
        }
    }
    for (std::size_t s = 1; s < slices; ++s) {
        best[s] = std::min(best[s], best[s - 1]);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t slice = slice_of(x[i]);
        if (within[i] != 0 && (slice == 0 || !(y[i] >= best[slice - 1]))) {
            hopeful.push_back(rows.rows[i]);
        }
    }
    return hopeful;
}

LiveFrame frame_of(std::shared_ptr<const LiveSpace> space, const LiveRun& run, DesignRows cloud, std::vector<std::uint8_t> cloud_within,
                   const LiveFrontAnswer& front, bool of_all_rows)
{
    LiveFrame frame;
    frame.run = run.scenario();
    frame.cloud = std::move(cloud);
    frame.cloud_within = std::move(cloud_within);
    frame.front = measured(fixed_rows(*space, run, front.rows), *space, run);
    frame.knee = knee({front.values, space->question().objectives.size()});
    frame.of_all_rows = of_all_rows;
    frame.evaluated = front.evaluated;
    frame.space = std::move(space);
    return frame;
}

}  // namespace slimline::gui
