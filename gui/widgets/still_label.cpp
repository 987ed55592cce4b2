#include "gui/widgets/still_label.h"

#include <algorithm>

#include <QEvent>
#include <QLabel>

namespace slimline::gui {

StillLabel::StillLabel(bool grows, QWidget* parent) : QWidget(parent), label_(new QLabel(this)), grows_(grows)
{
    setSizePolicy(grows ? QSizePolicy::Fixed : QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void StillLabel::set_text(const QString& text)
{
    label_->setText(text);
    const int width = grows_ ? label_->sizeHint().width() : 0;
    if (width > widest_) {
        widest_ = width;
        updateGeometry();
    }
}

QSize StillLabel::sizeHint() const
{
    return {widest_, fontMetrics().height() + 2 * label_->margin()};
}

void StillLabel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    label_->setGeometry(rect());
}

void StillLabel::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        widest_ = std::max(1, grows_ ? label_->sizeHint().width() : 1);
        updateGeometry();
    }
}

}  // namespace slimline::gui
