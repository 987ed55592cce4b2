#include <QSignalSpy>
#include <QtTest>

#include "gui/viewmodel/session.h"
#include "gui/viewmodel/slider_scale.h"
#include "hwmodels/device_json.h"

using namespace slimline;
using namespace slimline::gui;

class SessionTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void opens_with_the_worked_example()
    {
        const Session session;
        QCOMPARE(session.scenario().arch.id, std::string("qwen2-0.5b"));
        QCOMPARE(session.scenario().device.id, std::string("jetson-orin-nx-16gb"));
        QVERIFY(session.prediction().tpot.value > 0);
    }

    void every_field_that_applies_can_be_set_and_reads_back()
    {
        for (const FieldInfo& about : fields()) {
            Session session;
            QVERIFY(session.take_device(load_device("raspberry-pi-5-8gb")));
            if (about.field == Field::active) {
                QVERIFY(session.edit(Field::experts, 8));
            }
            QVERIFY2(applies(about.field, session.scenario()), about.id.data());
            const bool chosen = about.kind == FieldKind::choice;
            const double wanted = about.kind == FieldKind::toggle ? 0
                                  : chosen ? double(choices(about.field, session.scenario()).size()) - 1
                                  : about.field == Field::kv_heads || about.field == Field::active ? 7 : value_at(about, about.step == 0 ? 600 : 900);
            QVERIFY2(session.edit(about.field, wanted), about.id.data());
            const double set = value_of(about.field, session.scenario());
            QVERIFY2(std::abs(set - wanted) <= 1e-9 * wanted, about.id.data());
        }
    }

    void a_drag_is_one_step_to_undo()
    {
        Session session;
        const Seconds before = session.prediction().tpot;
        session.begin_drag();
        for (double bandwidth = 100; bandwidth < 200; bandwidth += 5) {
            QVERIFY(session.edit(Field::bandwidth, bandwidth));
        }
        session.end_drag();
        QVERIFY(session.prediction().tpot < before);
        session.undo();
        QCOMPARE(session.prediction().tpot.value, before.value);
        QVERIFY(!session.can_undo());
        session.redo();
        QCOMPARE(value_of(Field::bandwidth, session.scenario()), 195.0);
    }

    void what_cannot_be_used_leaves_the_state_as_it_is()
    {
        Session session;
        QSignalSpy refused(&session, &Session::refused);
        const double layers = value_of(Field::layers, session.scenario());
        QVERIFY(!session.edit(Field::layers, 0));
        QVERIFY(!session.edit(Field::layers, 2.5));
        QVERIFY(!session.edit(Field::d_model, 1e9));
        QVERIFY(!session.edit(Field::bandwidth, 1e12));
        QVERIFY(!session.edit(Field::context, 10));
        QVERIFY(!session.load_architecture("no-such-model"));
        QCOMPARE(refused.count(), 6);
        QCOMPARE(value_of(Field::layers, session.scenario()), layers);
        QVERIFY(!session.can_undo());
    }

    void a_locked_field_keeps_its_value_when_another_device_is_taken()
    {
        Session session;
        session.set_locked(Field::bandwidth, true);
        const double bandwidth = value_of(Field::bandwidth, session.scenario());
        QVERIFY(!session.edit(Field::bandwidth, 1));
        QVERIFY(session.load_device("rtx-4090"));
        QCOMPARE(value_of(Field::bandwidth, session.scenario()), bandwidth);
        QVERIFY(value_of(Field::compute, session.scenario()) > 100);
    }

    void reset_goes_back_to_what_was_loaded()
    {
        Session session;
        const double bandwidth = value_of(Field::bandwidth, session.scenario());
        QVERIFY(session.edit(Field::bandwidth, 7));
        QVERIFY(session.edit(Field::prompt, 7));
        session.reset(Field::bandwidth);
        session.reset(Field::prompt);
        QCOMPARE(value_of(Field::bandwidth, session.scenario()), bandwidth);
        QCOMPARE(value_of(Field::prompt, session.scenario()), 512.0);
    }

    void a_sliders_position_and_its_number_belong_together()
    {
        for (const FieldInfo& about : fields()) {
            if (about.kind != FieldKind::number) {
                continue;
            }
            double last = -1;
            for (int position = 0; position <= slider_positions; position += 10) {
                const double value = value_at(about, position);
                QVERIFY2(value >= last && value >= about.least && value <= about.most, about.id.data());
                QVERIFY(std::abs(value_at(about, position_of(about, value)) - value) <= std::max(about.step, 0.011 * value));
                last = value;
            }
        }
    }
};

QTEST_GUILESS_MAIN(SessionTest)
#include "session_qtest.moc"
