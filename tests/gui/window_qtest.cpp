#include <QSlider>
#include <QtTest>

#include "gui/widgets/main_window.h"
#include "gui/widgets/theme.h"

using namespace slimline;
using namespace slimline::gui;

class WindowTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }

    void a_dragged_slider_changes_the_answer_and_is_one_step()
    {
        Session session;
        MainWindow window(session);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        auto* slider = window.findChild<QSlider*>("slider.bandwidth");
        QVERIFY(slider != nullptr);
        const double before = session.prediction().tpot.value;
        slider->setSliderDown(true);
        for (int position = slider->value(); position > 200; position -= 20) {
            slider->setSliderPosition(position);
        }
        slider->setSliderDown(false);
        QVERIFY(session.prediction().tpot.value > before);
        session.undo();
        QCOMPARE(session.prediction().tpot.value, before);
        QVERIFY(!session.can_undo());
    }
};

QTEST_MAIN(WindowTest)
#include "window_qtest.moc"
