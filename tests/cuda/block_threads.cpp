#include "block_threads.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "base/random.h"
#include "emulated_language.h"

namespace slimline::cuda {

Place threadIdx;
Place blockIdx;
Place blockDim;
Place gridDim;

namespace {

constexpr std::size_t stack_bytes = std::size_t(64) << 10;
constexpr int most_threads = 1024;
BlockThreads* current = nullptr;

/// Threads that wait until all of them have come.
struct Barrier {
    int expected = 0;
    int waiting = 0;
    unsigned passed = 0;
};

/// A stack and where it was left. What makes it knows the system's signals, which takes two calls of the system a change;
/// jumps do without, but sanitizers do not follow them from stack to stack.
struct Context {
    ucontext_t whole{};
    jmp_buf jump{};
    bool fresh = true;
};

void change(Context& from, Context& to)
{
#ifdef __SANITIZE_ADDRESS__
    swapcontext(&from.whole, &to.whole);
#else
    if (_setjmp(from.jump) != 0) {
        return;
    }
    if (to.fresh) {
        to.fresh = false;
        setcontext(&to.whole);
    }
    _longjmp(to.jump, 1);
#endif
}

struct Thread {
    Context context{};
    std::vector<char> stack{};
    bool done = false;
    int exchanges = 0;
};

struct Warp {
    Barrier barrier{};
    unsigned words[2][32][8] = {};  // of two exchanges: some threads may still read the first
};

}  // namespace

struct BlockThreads::State {
    Order order = Order::forward;
    std::deque<Thread> threads{};  // contexts must stay where they are
    std::vector<Warp> warps{};
    Barrier block{};
    std::vector<int> turns{};  // the threads in the order of their turns
    std::vector<int> turn_of{};
    int count = 0;
    int alive = 0;
    int running = 0;
    int idle_turns = 0;
    bool stuck = false;
    const std::function<void()>* body = nullptr;
    Context caller{.fresh = false};
    RandomBits random{7};

    void set_order()
    {
        turns.resize(std::size_t(count));
        std::iota(turns.begin(), turns.end(), 0);
        if (order == Order::backward) {
            std::reverse(turns.begin(), turns.end());
        }
        for (std::size_t i = turns.size(); order == Order::mixed && i > 1; --i) {
            std::swap(turns[i - 1], turns[random.next() % i]);
        }
        turn_of.resize(turns.size());
        for (std::size_t turn = 0; turn < turns.size(); ++turn) {
            turn_of[std::size_t(turns[turn])] = int(turn);
        }
    }

    int next_alive(int thread) const
    {
        int turn = turn_of[std::size_t(thread)];
        do {
            turn = (turn + 1) % count;
        } while (threads[std::size_t(turns[std::size_t(turn)])].done);
        return turns[std::size_t(turn)];
    }

    void give_way()
    {
        const int from = running;
        if (++idle_turns > 2 * count) {
            stuck = true;
            change(threads[std::size_t(from)].context, caller);
        }
        running = next_alive(from);
        if (running != from) {
            change(threads[std::size_t(from)].context, threads[std::size_t(running)].context);
        }
        threadIdx.x = unsigned(from);
        running = from;
    }

    void wait_at(Barrier& barrier)
    {
        if (++barrier.waiting == barrier.expected) {
            barrier.waiting = 0;
            ++barrier.passed;
            idle_turns = 0;
            return;
        }
        for (const unsigned before = barrier.passed; barrier.passed == before;) {
            give_way();
        }
    }

    Warp& warp() { return warps[std::size_t(running / 32)]; }

    static void enter(unsigned low, unsigned high)
    {
        auto* state = reinterpret_cast<State*>(std::uintptr_t(low) | std::uintptr_t(high) << 32);
        state->stay(state->running);
    }

    /// A thread's stack serves one block after the other.
    void stay(int self)
    {
        for (;;) {
            running = self;
            threadIdx = {unsigned(self), 0, 0};
            (*body)();
            threads[std::size_t(self)].done = true;
            idle_turns = 0;
            if (--alive > 0) {
                running = next_alive(self);
                change(threads[std::size_t(self)].context, threads[std::size_t(running)].context);
            } else {
                change(threads[std::size_t(self)].context, caller);
            }
        }
    }

    void make_thread()
    {
        threads.emplace_back();
        Thread& thread = threads.back();
        thread.stack.resize(stack_bytes);
        ucontext_t& context = thread.context.whole;
        getcontext(&context);
        context.uc_stack.ss_sp = thread.stack.data();
        context.uc_stack.ss_size = thread.stack.size();
        context.uc_link = nullptr;
        const auto self = reinterpret_cast<std::uintptr_t>(this);
        makecontext(&context, reinterpret_cast<void (*)()>(&State::enter), 2, unsigned(self), unsigned(self >> 32));
    }
};

BlockThreads::BlockThreads(Order order) : state_(std::make_unique<State>())
{
    state_->order = order;
}

BlockThreads::~BlockThreads() = default;

void BlockThreads::run(int threads, const std::function<void()>& body)
{
    State& s = *state_;
    if (threads % 32 != 0 || threads > most_threads) {
        throw std::logic_error("a block has whole warps of up to 1024 threads");
    }
    s.count = s.alive = threads;
    s.body = &body;
    s.stuck = false;
    s.idle_turns = 0;
    s.block = {threads};
    s.warps.assign(std::size_t(threads / 32), Warp{{32}});
    s.set_order();
    while (s.threads.size() < std::size_t(threads)) {
        s.make_thread();
    }
    for (Thread& thread : s.threads) {
        thread.done = false;
        thread.exchanges = 0;
    }
    BlockThreads* before = current;
    current = this;
    s.running = s.turns[0];
    change(s.caller, s.threads[std::size_t(s.running)].context);
    current = before;
    if (s.stuck) {
        s.threads.clear();  // they are in the middle of something
        throw std::logic_error("threads of a block wait for others that never come");
    }
}

void BlockThreads::block_barrier()
{
    state_->wait_at(state_->block);
}

void BlockThreads::warp_barrier()
{
    state_->wait_at(state_->warp().barrier);
}

const unsigned (*BlockThreads::share_words(const unsigned* give, int count))[8]
{
    State& s = *state_;
    const int turn = s.threads[std::size_t(s.running)].exchanges++ % 2;
    auto& words = s.warp().words[turn];
    std::copy_n(give, count, words[s.running % 32]);
    warp_barrier();
    return words;
}

void BlockThreads::exchange(const void* give, void* take, std::size_t bytes, int from_lane)
{
    unsigned mine[8] = {};
    std::memcpy(mine, give, bytes);
    const auto* all = share_words(mine, int((bytes + 3) / 4));
    std::memcpy(take, all[from_lane % 32], bytes);
}

BlockThreads& current_threads()
{
    return *current;
}

}  // namespace slimline::cuda
