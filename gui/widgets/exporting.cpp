#include "gui/widgets/exporting.h"

#include <algorithm>
#include <filesystem>

#include <QApplication>
#include <QBuffer>
#include <QImage>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgGenerator>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "gui/viewmodel/report.h"
#include "gui/viewmodel/session_json.h"
#include "gui/widgets/drawn.h"
#include "gui/widgets/session_view.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

/// Brings hidden views up to date and lets queued paints happen.
void settle(QWidget& shown)
{
    shown.ensurePolished();
    for (SessionView* view : shown.findChildren<SessionView*>()) {
        if (view->in_sight()) {
            view->catch_up();
            view->settle();
        }
    }
    if (auto* view = qobject_cast<SessionView*>(&shown)) {
        view->catch_up();
        view->settle();
    }
    // Layouts follow fonts and each other in several rounds.
    for (int round = 0; round < 5; ++round) {
        QApplication::sendPostedEvents();
        QApplication::processEvents(QEventLoop::ExcludeUserInputEvents);
    }
}

std::string bytes(const QByteArray& array)
{
    return {array.constData(), std::size_t(array.size())};
}

/// Shown, and not behind another tab. (The visible region of a widget that its plot covers is empty.)
bool in_sight(const QWidget& widget)
{
    QRect seen = widget.rect();
    for (const QWidget* each = &widget; !each->isWindow() && each->parentWidget() != nullptr; each = each->parentWidget()) {
        seen = seen.translated(each->pos()) & each->parentWidget()->rect();
    }
    return widget.isVisible() && !seen.isEmpty();
}

/// What keeps a picture of itself in pixels of the screen is sharp at any size when it is drawn anew.
void draw_anew(QWidget& shown, QPainter& painter, double ratio)
{
    for (QWidget* widget : shown.findChildren<QWidget*>()) {
        auto* drawn = dynamic_cast<Drawn*>(widget);
        if (drawn != nullptr && widget->window() == shown.window() && in_sight(*widget)) {
            painter.save();
            painter.translate(widget->mapTo(&shown, QPoint(0, 0)));
            painter.setClipRect(widget->rect());
            painter.fillRect(widget->rect(), theme().background);
            drawn->draw(painter, widget->size(), ratio);
            painter.restore();
        }
    }
}

std::string png(QWidget& shown, double times)
{
    QImage image(shown.size() * times, QImage::Format_RGB32);
    image.setDevicePixelRatio(times);
    image.fill(theme().background);
    QPainter painter(&image);
    shown.render(&painter);
    if (times > 1) {
        draw_anew(shown, painter, times);
    }
    painter.end();
    QByteArray array;
    QBuffer buffer(&array);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return bytes(array);
}

/// Everything but plots is drawn by the style; plots go over it as vectors.
void draw_vectors(QWidget& shown, QPainter& painter)
{
    constexpr double ratio_of_clouds = 3;
    shown.render(&painter, QPoint(), QRegion(), QWidget::DrawWindowBackground | QWidget::DrawChildren);
    draw_anew(shown, painter, ratio_of_clouds);
}

std::string pdf(QWidget& shown)
{
    constexpr double dots_per_inch = 96;
    QByteArray array;
    QBuffer buffer(&array);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setResolution(int(dots_per_inch));
    writer.setPageSize(QPageSize(QSizeF(shown.size()) / dots_per_inch, QPageSize::Inch));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    writer.setCreator("slimline-gui");
    QPainter painter(&writer);
    draw_vectors(shown, painter);
    painter.end();
    return bytes(array);
}

std::string svg(QWidget& shown)
{
    QByteArray array;
    QBuffer buffer(&array);
    buffer.open(QIODevice::WriteOnly);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(shown.size());
    generator.setViewBox(shown.rect());
    generator.setTitle("Slimline");
    QPainter painter(&generator);
    draw_vectors(shown, painter);
    painter.end();
    return bytes(array);
}

std::string rows(QWidget& shown, const std::string& path)
{
    std::string all;
    QList<SessionView*> views = shown.findChildren<SessionView*>();
    if (auto* view = qobject_cast<SessionView*>(&shown)) {
        views = {view};
    }
    for (const SessionView* view : views) {
        if (view->in_sight()) {
            all += view->csv().toStdString();
        }
    }
    if (all.empty()) {
        throw InputError(path, "this view has no rows", "export a picture of it");
    }
    return all;
}

}  // namespace

void export_file(QWidget& shown, const Session& session, const std::string& path, double times)
{
    settle(shown);
    const std::string ending = lower_case(std::filesystem::path(path).extension().string());
    times = std::clamp(times, 1.0, 4.0);
    if (ending == ".png") {
        write_file(path, png(shown, times));
    } else if (ending == ".pdf") {
        write_file(path, pdf(shown));
    } else if (ending == ".svg") {
        write_file(path, svg(shown));
    } else if (ending == ".csv") {
        write_file(path, rows(shown, path));
    } else if (ending == ".md") {
        write_file(path, markdown_report(session.state(), session.prediction()));
    } else if (ending == ".json") {
        save_session(path, session.state());
    } else {
        throw InputError(path, "is no kind of file that can be written", "end it in .png, .pdf, .svg, .csv, .md or .json");
    }
}

}  // namespace slimline::gui
