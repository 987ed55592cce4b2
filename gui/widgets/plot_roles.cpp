#include "gui/widgets/plot_roles.h"

#include <QAccessible>
#include <QAccessibleWidget>

namespace slimline::gui {

namespace {

/// Qt asks for each class from the widget's own to QObject.
QAccessibleInterface* plot_interface(const QString& class_name, QObject* object)
{
    auto* widget = qobject_cast<QWidget*>(object);
    if (widget == nullptr) {
        return nullptr;
    }
    if (class_name == "QCustomPlot" || class_name == "slimline::gui::ParallelPlot") {
        return new QAccessibleWidget(widget, QAccessible::Chart);
    }
    return class_name == "slimline::gui::ColourKey" ? new QAccessibleWidget(widget, QAccessible::Graphic) : nullptr;
}

}  // namespace

void name_roles_of_plots()
{
    QAccessible::installFactory(plot_interface);  // Qt keeps one of each
}

}  // namespace slimline::gui
