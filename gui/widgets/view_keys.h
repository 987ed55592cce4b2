#pragma once

#include <optional>
#include <vector>

#include <QKeySequence>
#include <QString>

class QKeyEvent;

namespace slimline::gui {

/// What a key does while a view has the focus. Actions of the whole window are in actions.h.
enum class ViewKey {
    previous_roof,
    next_roof,
    raise_roof,
    lower_roof,
    whole_chart,
    previous_design,
    next_design,
    use_design,
    previous_axis,
    next_axis,
    move_axis_left,
    move_axis_right,
    invert_axis,
    logarithmic_axis,
    unbrush_axis,
    cursor,
};

/// Cursors of plots have keys by themselves, as they go by steps: F1 lists some.
enum class KeyPlace { chart, pareto, table, parallel, pareto_cursor, parallel_cursor };

struct ViewKeyInfo {
    KeyPlace place{};
    QKeyCombination key{};
    ViewKey meaning{};
    const char* text = "";  // "Parallel: turn the axis upside down"
};

/// All of them: views act by this table, and F1 lists it.
const std::vector<ViewKeyInfo>& view_keys();

std::optional<ViewKey> meaning_of(const QKeyEvent& event, KeyPlace place);

}  // namespace slimline::gui
