#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "explorer/live_front.h"
#include "gui/viewmodel/design_column.h"

namespace slimline::gui {

/// Numbers of frames that nobody shows any more, for the next ones: fresh memory for a few hundred thousand at each step of
/// a drag has to be cleared, and found by the system page by page.
class SpareColumns : public std::enable_shared_from_this<SpareColumns> {
 public:
    using Numbers = std::vector<double>;

    /// Of any values; it comes back here when nobody has it any more.
    std::shared_ptr<Numbers> take(std::size_t size);

 private:
    std::mutex guard_;
    std::vector<std::unique_ptr<Numbers>> spare_;
};

/// Some designs of a live space with all that is known of them, column by column. Columns that no device changes are
/// shared by the frames of a drag.
struct DesignRows {
    Rows rows{};
    std::shared_ptr<const GatheredRows> gathered{};  // the same rows, for asking them again
    std::array<std::shared_ptr<const std::vector<double>>, column_count> columns{};
    std::shared_ptr<SpareColumns> spare = std::make_shared<SpareColumns>();  // for columns that a device changes

    std::size_t size() const { return rows.size(); }
    const std::vector<double>& operator[](Column column) const { return *columns[std::size_t(column)]; }
};

/// What does not change with the device: dimensions, formats, sizes, losses.
DesignRows fixed_rows(const LiveSpace& space, const LiveRun& run, Rows rows);

/// The same rows with their times, energy and memory on a device.
DesignRows measured(DesignRows rows, const LiveSpace& space, const LiveRun& run);

/// At most `most` rows from all over a space.
Rows shown_rows(const LiveSpace& space, std::size_t most);

/// One picture of a search: what every view of it draws.
struct LiveFrame {
    std::shared_ptr<const LiveSpace> space{};
    Scenario run{};
    DesignRows cloud{};                      // a sample of the space
    std::vector<std::uint8_t> cloud_within{};  // the limits, and the memory
    DesignRows front{};                      // ascending by the objectives
    std::size_t knee = 0;                    // of the front
    bool of_all_rows = false;                // the front; else that of what is shown, until it is known
    std::size_t evaluated = 0;               // designs asked again for it
    double milliseconds = 0;                 // that it took

    /// The front of the question: of all rows, and no design of it is missing.
    bool exact() const { return of_all_rows && space->complete(); }
};

/// Whether each row is within the question's limits, and the memory.
std::vector<std::uint8_t> within_limits(const DesignRows& rows, const SearchQuestion& question, double memory);

/// Rows that may be on the front of measured ones: all of that front, and a few that others beat. Ascending, as the rows are.
Rows hopeful_rows(const DesignRows& rows, std::span<const std::uint8_t> within, const SearchQuestion& question);

/// The front of the answer as rows, beside a measured cloud.
LiveFrame frame_of(std::shared_ptr<const LiveSpace> space, const LiveRun& run, DesignRows cloud, std::vector<std::uint8_t> cloud_within,
                   const LiveFrontAnswer& front, bool of_all_rows);

}  // namespace slimline::gui
