// Numbers on screen are those of the CLI: the copied command is run in this process and its JSON compared text for text.

#include <filesystem>
#include <sstream>

#include <QTemporaryDir>
#include <QtTest>

#include "base/files.h"
#include "base/random.h"
#include "cli/run.h"
#include "gui/viewmodel/copied_command.h"
#include "gui/viewmodel/session.h"
#include "gui/viewmodel/slider_scale.h"
#include "simulator/prediction_json.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

std::string answer_of(const CopiedCommand& command)
{
    command.write_files();
    std::vector<std::string> words = command.arguments;
    words.emplace_back("--json");
    const std::vector<std::string_view> args(words.begin(), words.end());
    std::ostringstream out;
    std::ostringstream err;
    const int code = slimline::run(args, {out, err, 100, false});
    return code == 0 ? out.str() : err.str();
}

std::string shown(const Session& session)
{
    return pretty(to_json(session.prediction(), session.scenario().arch, session.scenario().device));
}

/// Another value for some field, by its slider or among its choices.
void turn_something(Session& session, RandomBits& random)
{
    const FieldInfo& about = fields()[std::size_t(random.share() * double(field_count))];
    if (!applies(about.field, session.scenario())) {
        return;
    }
    if (about.kind == FieldKind::choice) {
        const auto count = choices(about.field, session.scenario()).size();
        session.edit(about.field, std::floor(random.share() * double(count)));
    } else if (about.kind == FieldKind::toggle) {
        session.edit(about.field, random.share() < 0.5 ? 1 : 0);
    } else {
        session.edit(about.field, value_at(about, int(random.share() * 800)));
    }
}

}  // namespace

class ParityTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void every_model_of_the_catalogue_is_named_by_its_id()
    {
        const QTemporaryDir folder;
        Session session;
        for (const std::string& id : shipped_ids("archs")) {
            QVERIFY(session.load_architecture(id));
            const CopiedCommand command = copied_command(session.scenario(), {}, folder.path().toStdString());
            QVERIFY2(command.files.empty(), id.c_str());
            QCOMPARE(answer_of(command), shown(session));
        }
    }

    void every_device_of_the_catalogue_is_named_by_its_id()
    {
        const QTemporaryDir folder;
        Session session;
        for (const std::string& id : shipped_ids("devices")) {
            QVERIFY(session.load_device(id));
            const CopiedCommand command = copied_command(session.scenario(), {}, folder.path().toStdString());
            QVERIFY2(command.files.empty(), id.c_str());
            QCOMPARE(answer_of(command), shown(session));
        }
    }

    void whatever_was_turned_the_command_gives_the_same_numbers()
    {
        const QTemporaryDir folder;
        RandomBits random{20261125};
        const auto archs = shipped_ids("archs");
        const auto devices = shipped_ids("devices");
        for (int round = 0; round < 40; ++round) {
            Session session;
            session.load_architecture(archs[std::size_t(random.share() * double(archs.size()))]);
            session.load_device(devices[std::size_t(random.share() * double(devices.size()))]);
            for (int step = 0; step < 8; ++step) {
                turn_something(session, random);
            }
            const CopiedCommand command = copied_command(session.scenario(), {}, folder.path().toStdString());
            QCOMPARE(answer_of(command), shown(session));
        }
    }

    void a_command_is_quoted_for_a_shell()
    {
        const CopiedCommand command{{"predict", "--arch", "it's a file.json"}, {}};
        QCOMPARE(command.text(), std::string("slimline predict --arch 'it'\\''s a file.json'"));
    }
};

QTEST_GUILESS_MAIN(ParityTest)
#include "parity_qtest.moc"
