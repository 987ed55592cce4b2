#include "validation/backends/test_engine.h"

#include <chrono>

#include "validation/backends/dumpsys.h"

namespace slimline {

std::function<double(const sustained::Piece&)> runner_of_pieces(LoadedModel& model, int threads)
{
    return [&model, threads](const sustained::Piece& piece) {
        return model.run({.phase = piece.prefill ? Phase::prefill : Phase::decode,
                          .tokens = piece.tokens,
                          .past = piece.past,
                          .threads = threads});
    };
}

void LoadedModel::sustain(const sustained::Session& session, int threads, const sustained::SessionListener& listener)
{
    sustained::Sensors sensors("/sys", dumpsys());
    listener.sensors(sensors.list());
    run_session(session, sensors, runner_of_pieces(*this, threads), listener.sample);
}

double TestEngine::now() const
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace slimline
