#include "validation/sustained/session.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace slimline::sustained {

namespace {

constexpr int samples_to_a_prompt = 4;
constexpr double pieces_to_a_sample = 5;
constexpr double look_every_s = 0.1;  // at what changes from moment to moment

class Run {
 public:
    Run(const Session& session, Sensors& sensors, const RunPiece& run, const SessionClock& clock)
        : session_(session), sensors_(sensors), run_(run), clock_(clock), begin_(clock.now())
    {
        sensors_.watch(0);
    }

    double now() const { return clock_.now() - begin_; }

    Sample rest(double end_s)
    {
        Sample sample{.doing = Doing::idle, .start_s = now()};
        const double until = std::min(end_s, sample.start_s + session_.every_s);
        for (double t = now(); t < until; t = now()) {
            clock_.sleep(std::min(look_every_s, until - t));
            look();
        }
        return ended(sample);
    }

    Sample work(bool prefill)
    {
        Sample sample{.doing = prefill ? Doing::prefill : Doing::decode, .start_s = now()};
        do {
            const Piece piece{.prefill = prefill,
                              .tokens = prefill ? session_.prompt : piece_tokens(),
                              .past = prefill ? 0 : session_.past};
            const double seconds = run_(piece);
            if (!prefill) {
                seconds_a_token_ = seconds;
            }
            sample.tokens += piece.tokens;
            sample.busy_s += prefill ? seconds : seconds * piece.tokens;
            look();
        } while (now() < sample.start_s + session_.every_s);
        return ended(sample);
    }

 private:
    /// One at first, to learn how long it takes.
    int piece_tokens() const
    {
        if (seconds_a_token_ <= 0) {
            return 1;
        }
        return int(std::clamp(session_.every_s / pieces_to_a_sample / seconds_a_token_, 1.0, double(session_.tokens)));
    }

    void look()
    {
        if (now() >= looked_s_ + look_every_s) {
            looked_s_ = now();
            sensors_.watch(looked_s_);
        }
    }

    Sample ended(Sample& sample)
    {
        sample.end_s = now();
        sample.readings = sensors_.take(sample.end_s);
        return sample;
    }

    const Session& session_;
    Sensors& sensors_;
    const RunPiece& run_;
    const SessionClock& clock_;
    double begin_;
    double looked_s_ = 0;
    double seconds_a_token_ = 0;
};

}  // namespace

double most_samples(const Session& session)
{
    return std::ceil(session.rest_s / session.every_s) + std::ceil(session.seconds / session.every_s) + 2;
}

SessionClock system_clock()
{
    return {
        .now =
            [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); },
        .sleep = [](double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }};
}

void run_session(const Session& session, Sensors& sensors, const RunPiece& run, const OnSample& on_sample,
                 const SessionClock& clock)
{
    Run running(session, sensors, run, clock);
    while (running.now() < session.rest_s) {
        if (!on_sample(running.rest(session.rest_s))) {
            return;
        }
    }
    const double end_s = running.now() + session.seconds;
    for (int i = 1; running.now() < end_s; ++i) {
        if (!on_sample(running.work(session.prompt > 0 && i % samples_to_a_prompt == 0))) {
            return;
        }
    }
}

}  // namespace slimline::sustained
