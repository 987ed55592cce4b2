#include "gui/widgets/view_keys.h"

#include <algorithm>

#include <QKeyEvent>

namespace slimline::gui {

const std::vector<ViewKeyInfo>& view_keys()
{
    using enum ViewKey;
    static const std::vector<ViewKeyInfo> all{
        {KeyPlace::chart, Qt::Key_Left, previous_roof, QT_TR_NOOP("Roofline: choose the roof before")},
        {KeyPlace::chart, Qt::Key_Right, next_roof, QT_TR_NOOP("Roofline: choose the next roof")},
        {KeyPlace::chart, Qt::Key_Up, raise_roof, QT_TR_NOOP("Roofline: raise the chosen roof by 5 %")},
        {KeyPlace::chart, Qt::Key_Down, lower_roof, QT_TR_NOOP("Roofline: lower the chosen roof by 5 %")},
        {KeyPlace::chart, Qt::Key_Home, whole_chart, QT_TR_NOOP("Charts: show everything again")},
        {KeyPlace::chart, Qt::Key_Escape, whole_chart, QT_TR_NOOP("Charts: show everything again")},
        {KeyPlace::pareto, Qt::Key_Left, previous_design, QT_TR_NOOP("Pareto: design before on the front")},
        {KeyPlace::pareto, Qt::Key_Right, next_design, QT_TR_NOOP("Pareto: next design of the front")},
        {KeyPlace::pareto_cursor, Qt::SHIFT | Qt::Key_Right, cursor, QT_TR_NOOP("Pareto: move a cursor, with all arrows")},
        {KeyPlace::pareto_cursor, Qt::Key_Space, cursor, QT_TR_NOOP("Pareto: set a corner of a filter at the cursor")},
        {KeyPlace::pareto_cursor, Qt::Key_Return, cursor, QT_TR_NOOP("Pareto: select the design at the cursor")},
        {KeyPlace::pareto_cursor, Qt::ALT | Qt::Key_Right, cursor, QT_TR_NOOP("Pareto: move the filter, with all arrows")},
        {KeyPlace::table, Qt::Key_Return, use_design, QT_TR_NOOP("Table: use the design")},
        {KeyPlace::parallel, Qt::Key_Left, previous_axis, QT_TR_NOOP("Parallel: choose the axis before")},
        {KeyPlace::parallel, Qt::Key_Right, next_axis, QT_TR_NOOP("Parallel: choose the next axis")},
        {KeyPlace::parallel, Qt::CTRL | Qt::Key_Left, move_axis_left, QT_TR_NOOP("Parallel: move the axis left")},
        {KeyPlace::parallel, Qt::CTRL | Qt::Key_Right, move_axis_right, QT_TR_NOOP("Parallel: move the axis right")},
        {KeyPlace::parallel, Qt::Key_I, invert_axis, QT_TR_NOOP("Parallel: turn the axis upside down")},
        {KeyPlace::parallel, Qt::Key_L, logarithmic_axis, QT_TR_NOOP("Parallel: logarithmic axis or linear")},
        {KeyPlace::parallel, Qt::Key_Delete, unbrush_axis, QT_TR_NOOP("Parallel: remove the axis's filters")},
        {KeyPlace::parallel_cursor, Qt::Key_Up, cursor, QT_TR_NOOP("Parallel: move a cursor along the axis, also by pages, Home and End")},
        {KeyPlace::parallel_cursor, Qt::Key_Space, cursor, QT_TR_NOOP("Parallel: set an end of a filter at the cursor")},
        {KeyPlace::parallel_cursor, Qt::SHIFT | Qt::Key_Up, cursor, QT_TR_NOOP("Parallel: move the axis's last filter")},
    };
    return all;
}

std::optional<ViewKey> meaning_of(const QKeyEvent& event, KeyPlace place)
{
    const QKeyCombination pressed(event.modifiers() & Qt::ControlModifier, Qt::Key(event.key()));
    const auto found = std::ranges::find_if(view_keys(), [&](const ViewKeyInfo& info) { return info.place == place && info.key == pressed; });
    return found == view_keys().end() ? std::nullopt : std::optional(found->meaning);
}

}  // namespace slimline::gui
