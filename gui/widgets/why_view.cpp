#include "gui/widgets/why_view.h"

#include <QCoreApplication>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QTextBrowser>
#include <QThread>
#include <QTimer>
#include <QVBoxLayout>

#include "base/errors.h"
#include "base/text.h"
#include "gui/viewmodel/why.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

constexpr int pause_ms = 60;  // between two answers of a drag

QString escaped(const std::string& words)
{
    return QString::fromStdString(words).toHtmlEscaped();
}

QString row(const QStringList& cells, const char* tag = "td")
{
    QString html = "<tr>";
    for (int i = 0; i < cells.size(); ++i) {
        html += QString("<%1 align=\"%2\" style=\"padding: 1px 12px 1px 0\">%3</%1>").arg(tag, i == 0 ? "left" : "right", cells[i]);
    }
    return html + "</tr>";
}

QString slopes(const Why& w)
{
    QString html = "<table>" + row({QObject::tr("1 % more of"), QObject::tr("first token"), QObject::tr("a token")}, "th");
    for (const Elasticity& e : w.elasticities) {
        const auto percent = [](double value) { return QString("%1%2 %").arg(value < 0 ? "" : "+").arg(value, 0, 'f', 2); };
        html += row({escaped(e.quantity), percent(e.ttft), percent(e.tpot)});
    }
    return html + "</table>";
}

QString ways(const Why& w)
{
    QString html = "<table>" + row({QObject::tr("alone reaches the target"), QObject::tr("from"), QObject::tr("to")}, "th");
    for (const WayToReach& way : w.ways) {
        html += row({escaped(way.quantity), escaped(way.from), escaped(way.to)});
    }
    return w.ways.empty() ? QString{} : html + "</table>";
}

}  // namespace

WhyView::WhyView(Session& session, QWidget* parent) : SessionView(session, parent)
{
    target_ = new QDoubleSpinBox(this);
    target_->setObjectName("entry.target");
    target_->setAccessibleName(tr("Target decode speed, tokens/s"));
    target_->setLocale(QLocale::c());
    target_->setRange(0, 1e7);
    target_->setDecimals(1);
    target_->setSuffix(tr(" tokens/s"));
    target_->setSpecialValueText(tr("half as much again"));
    target_->setKeyboardTracking(false);
    target_->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    text_ = new QTextBrowser(this);
    text_->setAccessibleName(tr("Why"));
    text_->setFrameShape(QFrame::NoFrame);
    text_->setTabChangesFocus(true);
    auto* form = new QFormLayout;
    form->addRow(tr("Target"), target_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 2);
    layout->addLayout(form);
    layout->addWidget(text_, 1);
    job_ = std::make_unique<LatestJob>(LatestJob::Pace::idle);
    pause_ = new QTimer(this);
    pause_->setSingleShot(true);
    pause_->setInterval(pause_ms);
    connect(pause_, &QTimer::timeout, this, &WhyView::ask);
    connect(target_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        this->session().set_view_value("why.target", value > 0 ? QString::number(value, 'g', 10).toStdString() : std::string{});
    });
}

WhyView::~WhyView() = default;

/// Dozens of predictions: while something is dragged, once in a while.
void WhyView::show_state()
{
    if (!session().dragging()) {
        ask();
    } else if (!pause_->isActive()) {
        pause_->start();
    }
}

void WhyView::ask()
{
    pause_->stop();
    const double target = QString::fromStdString(session().view_value("why.target")).toDouble();
    const QSignalBlocker quiet(target_);
    target_->setValue(target);
    job_->ask([this, number = ++asked_, scenario = session().scenario(), prediction = session().prediction(), target](const std::stop_token&) {
        Why answer;
        try {
            answer = why(scenario, prediction, target);
        } catch (const InputError& error) {
            answer.paragraph = error.what();
        }
        QMetaObject::invokeMethod(this, [this, number, answer = std::move(answer)] {
            if (number > shown_) {
                shown_ = number;
                show_answer(answer);
            }
        });
    });
}

void WhyView::settle()
{
    while (job_->busy()) {
        QThread::msleep(1);
    }
    QCoreApplication::sendPostedEvents(this);
}

void WhyView::show_answer(const Why& w)
{
    const int scroll = text_->verticalScrollBar()->value();
    text_->setHtml(QString("<p>%1</p><table><tr><td style=\"padding-right: 30px\">%2</td><td>%3</td></tr></table>").arg(escaped(w.paragraph), slopes(w), ways(w)));
    text_->verticalScrollBar()->setValue(scroll);
    csv_ = "quantity,first_token_percent,a_token_percent\n";
    for (const Elasticity& e : w.elasticities) {
        csv_ += QString("%1,%2,%3\n").arg(QString::fromStdString(e.quantity)).arg(e.ttft, 0, 'g', 17).arg(e.tpot, 0, 'g', 17);
    }
}

QString WhyView::csv() const
{
    return csv_;
}

}  // namespace slimline::gui
