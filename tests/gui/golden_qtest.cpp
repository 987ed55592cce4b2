// Pictures of the window as it should look; compared with tolerance, since letters may be drawn a shade differently.
//   scripts/update_golden.sh    writes them anew: look at them before you commit

#include <memory>

#include <QApplication>
#include <QDir>
#include <QImage>
#include <QPainter>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "gui/widgets/exporting.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/validation_view.h"
#include "tests/gui/small_search.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

constexpr int channel_tolerance = 48;      // of 255, after averaging
constexpr double share_tolerance = 0.015;  // of pixels that may differ by more
constexpr double tile_tolerance = 0.12;    // of those of one tile of a readable picture: a word that is cut is more
constexpr QSize tile{32, 16};

void add_looks()
{
    QTest::addColumn<QString>("theme");
    QTest::addColumn<int>("scale");
    for (const char* theme : {"light", "dark", "contrast"}) {
        for (const int scale : {100, 200}) {
            QTest::addRow("%s-%d", theme, scale) << theme << scale;
        }
    }
}

SessionState in_look(SessionState state, const QString& theme, int scale)
{
    state.view.theme = theme.toStdString();
    state.view.scale_percent = scale;
    return state;
}

/// Small, so that a shifted edge or another way of drawing letters averages out and the files stay few kilobytes; large enough
/// for words that are cut to be seen where words are what matters.
constexpr QSize small_picture{320, 200};
constexpr QSize readable_picture{640, 320};
constexpr QSize readable_window{640, 400};

QImage small(const QImage& image, QSize size)
{
    return image.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).convertToFormat(QImage::Format_RGB32);
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

/// The tile that differs most: the whole picture forgives a word.
double share_of_worst_tile(const QImage& a, const QImage& b)
{
    double worst = 0;
    for (int y = 0; y + tile.height() <= a.height(); y += tile.height() / 2) {
        for (int x = 0; x + tile.width() <= a.width(); x += tile.width() / 2) {
            const QRect place({x, y}, tile);
            worst = std::max(worst, share_that_differs(a.copy(place), b.copy(place)));
        }
    }
    return worst;
}

/// Of the picture against the one that is kept under a name.
void compare_with_golden(const QImage& picture, const QString& name, QSize size)
{
    const QImage shown = small(picture, size);
    const QString golden = SLIMLINE_SOURCE_DIR "/tests/gui/golden/" + name + ".png";
    if (qEnvironmentVariableIsSet("SLIMLINE_UPDATE_GOLDEN")) {
        QVERIFY(shown.save(golden));
    }
    const QImage expected = QImage(golden).convertToFormat(QImage::Format_RGB32);
    QVERIFY2(expected.size() == shown.size(), qPrintable(golden));
    const double differs = share_that_differs(shown, expected);
    QVERIFY2(differs <= share_tolerance, qPrintable(name + ": " + QString::number(differs)));
    if (size == readable_picture) {
        const double worst = share_of_worst_tile(shown, expected);
        QVERIFY2(worst <= tile_tolerance, qPrintable(name + ", its worst tile: " + QString::number(worst)));
    }
}

}  // namespace

class GoldenTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }

    void the_window_looks_as_it_should_data() { add_looks(); }

    void the_window_looks_as_it_should()
    {
        QFETCH(QString, theme);
        QFETCH(int, scale);
        Session session(in_look(worked_example(), theme, scale));
        MainWindow window(session);
        window.resize(1280 * scale / 100, 800 * scale / 100);
        window.show();
        window.raise_view("Breakdown");  // the search beside it goes on in the background and is never twice the same
        const QTemporaryDir folder;
        const QString picture = folder.filePath("window.png");
        export_file(window, session, picture.toStdString(), 1);
        compare_with_golden(QImage(picture), QString("%1-%2").arg(theme).arg(scale), readable_window);
    }

    void each_view_looks_as_it_should_data()
    {
        QTest::addColumn<QString>("theme");
        QTest::addColumn<int>("scale");
        QTest::newRow("light-100") << "light" << 100;
        QTest::newRow("contrast-200") << "contrast" << 200;
    }

    void each_view_looks_as_it_should()
    {
        QFETCH(QString, theme);
        QFETCH(int, scale);
        SessionState state = in_look(small_state(), theme, scale);
        state.pinned.push_back({"the same in Q8_0", state.scenario});
        state.pinned.back().scenario.precision.weights = mix_named("Q8_0");
        Session session(state);
        MainWindow window(session);
        window.resize(1280 * scale / 100, 800 * scale / 100);
        window.show();
        for (const char* name : {"Design", "Roofline", "Curves", "Breakdown", "Compare", "Why", "Validation"}) {
            const std::unique_ptr<QWidget> view(window.view(name));
            view->setParent(nullptr);
            view->resize(960 * scale / 100, 480 * scale / 100);
            view->show();
            if (auto* validation = qobject_cast<ValidationView*>(view.get())) {
                QSignalSpy done(&validation->job(), &ValidationJob::finished);
                validation->start_survey();
                QVERIFY(done.wait(60000));
            }
            const QTemporaryDir folder;
            const QString picture = folder.filePath("view.png");
            export_file(*view, session, picture.toStdString(), 1);
            compare_with_golden(QImage(picture), QString("%1-%2-%3").arg(QString(name).toLower(), theme).arg(scale), readable_picture);
        }
    }

    void views_of_a_search_look_as_they_should_data() { add_looks(); }

    void views_of_a_search_look_as_they_should()
    {
        QFETCH(QString, theme);
        QFETCH(int, scale);
        Session session(in_look(small_state(), theme, scale));
        MainWindow window(session);
        window.resize(1280 * scale / 100, 800 * scale / 100);
        window.show();
        for (const char* name : {"Pareto", "Parallel", "Table", "Search"}) {
            const std::unique_ptr<QWidget> view(window.view(name));  // by itself: docks share room by what they showed before
            view->setParent(nullptr);
            view->resize(960 * scale / 100, 480 * scale / 100);
            view->show();
            settle_search(window);
            compare_with_golden(view->grab().toImage(), QString("%1-%2-%3").arg(QString(name).toLower(), theme).arg(scale), small_picture);
        }
    }

    void a_word_that_is_cut_is_seen_in_a_readable_picture()
    {
        const auto with_words = [](const QString& words) {
            QImage image(960, 480, QImage::Format_RGB32);
            image.fill(Qt::white);
            QPainter painter(&image);
            painter.setFont(text_font());
            painter.drawText(300, 200, words);
            painter.end();
            return small(image, readable_picture);
        };
        const QImage whole = with_words("capacity 16.0 GiB");
        QVERIFY(share_of_worst_tile(whole, with_words("capacity 16")) > tile_tolerance);
        QVERIFY(share_that_differs(whole, with_words("capacity 16")) < share_tolerance);
        QVERIFY(share_of_worst_tile(whole, whole) == 0);
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
