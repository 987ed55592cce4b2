// Pictures of the window as it should look; compared with tolerance, since letters may be drawn a shade differently.
//   SLIMLINE_UPDATE_GOLDEN=1 golden_qtest    writes them anew: look at them before you commit

#include <QApplication>
#include <QDir>
#include <QImage>
#include <QTemporaryDir>
#include <QtTest>

#include "gui/widgets/exporting.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/theme.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

constexpr int channel_tolerance = 48;      // of 255, after averaging
constexpr double share_tolerance = 0.015;  // of pixels that may differ by more

/// Small, so that a shifted edge or another way of drawing letters averages out and the files stay few kilobytes.
QImage small(const QImage& image)
{
    return image.scaled(320, 200, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).convertToFormat(QImage::Format_RGB32);
}

double share_that_differs(const QImage& a, const QImage& b)
{
    int differing = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x) {
            const QRgb p = a.pixel(x, y);
            const QRgb q = b.pixel(x, y);
            const int most = std::max({std::abs(qRed(p) - qRed(q)), std::abs(qGreen(p) - qGreen(q)), std::abs(qBlue(p) - qBlue(q))});
            differing += most > channel_tolerance ? 1 : 0;
        }
    }
    return double(differing) / (a.width() * a.height());
}

}  // namespace

class GoldenTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }

    void the_window_looks_as_it_should_data()
    {
        QTest::addColumn<QString>("theme");
        QTest::addColumn<int>("scale");
        for (const char* theme : {"light", "dark", "contrast"}) {
            for (const int scale : {100, 200}) {
                QTest::addRow("%s-%d", theme, scale) << theme << scale;
            }
        }
    }

    void the_window_looks_as_it_should()
    {
        QFETCH(QString, theme);
        QFETCH(int, scale);
        SessionState state = worked_example();
        state.view.theme = theme.toStdString();
        state.view.scale_percent = scale;
        Session session(state);
        MainWindow window(session);
        window.resize(1280 * scale / 100, 800 * scale / 100);
        window.show();
        window.raise_view("Breakdown");  // the search beside it goes on in the background and is never twice the same
        const QTemporaryDir folder;
        const QString picture = folder.filePath("window.png");
        export_file(window, session, picture.toStdString(), 1);
        const QImage shown = small(QImage(picture));
        const QString golden = QString(SLIMLINE_SOURCE_DIR "/tests/gui/golden/%1-%2.png").arg(theme).arg(scale);
        if (qEnvironmentVariableIsSet("SLIMLINE_UPDATE_GOLDEN")) {
            QVERIFY(shown.save(golden));
        }
        const QImage expected = QImage(golden).convertToFormat(QImage::Format_RGB32);
        QVERIFY2(expected.size() == shown.size(), qPrintable(golden));
        const double differs = share_that_differs(shown, expected);
        QVERIFY2(differs <= share_tolerance, qPrintable(QString::number(differs)));
    }

    void another_theme_is_not_taken_for_this_one()
    {
        const QString folder = SLIMLINE_SOURCE_DIR "/tests/gui/golden/";
        const QImage light = QImage(folder + "light-100.png").convertToFormat(QImage::Format_RGB32);
        const QImage dark = QImage(folder + "dark-100.png").convertToFormat(QImage::Format_RGB32);
        QVERIFY(share_that_differs(light, dark) > 0.3);
    }
};

QTEST_MAIN(GoldenTest)
#include "golden_qtest.moc"
