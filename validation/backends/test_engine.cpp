#include "validation/backends/test_engine.h"

#include <chrono>

namespace slimline {

void LoadedModel::sustain(const sustained::Session& session, int threads, const sustained::SessionListener& listener)
{
    sustained::Sensors sensors;
    listener.sensors(sensors.list());
    const auto run_piece = [&](const sustained::Piece& piece) {
        return run({.phase = piece.prefill ? Phase::prefill : Phase::decode,
                    .tokens = piece.tokens,
                    .past = piece.past,
                    .threads = threads});
    };
    run_session(session, sensors, run_piece, listener.sample);
}

double TestEngine::now() const
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace slimline
