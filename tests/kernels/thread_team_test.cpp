#include "validation/kernels/thread_team.h"

#include <sched.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <vector>

#include "base/errors.h"
#include "validation/kernels/product_rate.h"
#include "validation/kernels/read_bandwidth.h"

using slimline::kernels::Share;
using slimline::kernels::share_of;
using slimline::kernels::ThreadTeam;

TEST_CASE("after a barrier every thread sees what all wrote before it", "[kernels][threads]")
{
    const int threads = GENERATE(1, 2, 3);
    ThreadTeam team(threads);
    std::vector<int> written(std::size_t(threads), 0);
    std::atomic<int> wrong = 0;
    for (int run = 1; run <= 20; ++run) {
        team.run([&](int index) {
            for (int round = 0; round < 10; ++round) {
                written[std::size_t(index)] = 1000 * run + round;
                team.barrier();
                for (const int value : written) {
                    wrong += value != 1000 * run + round;
                }
                team.barrier();
            }
        });
    }
    CHECK(wrong == 0);
}

TEST_CASE("the shares of a team are whole and disjoint", "[kernels][threads]")
{
    const int count = GENERATE(0, 1, 7, 1000);
    const int threads = GENERATE(1, 2, 3, 16);
    int next = 0;
    for (int i = 0; i < threads; ++i) {
        const Share share = share_of(count, i, threads);
        CHECK(share.begin == next);
        CHECK(share.end - share.begin <= count / threads + 1);
        next = share.end;
    }
    CHECK(next == count);
}

TEST_CASE("a team's read bandwidth is that of a machine, not of a loop left out", "[kernels][threads]")
{
    ThreadTeam team(2);
    const double rate = slimline::kernels::read_bandwidth(team, std::size_t(1) << 20);
    CHECK(rate > 1e7);
    CHECK(rate < 1e13);
}

TEST_CASE("a team's products are those of a machine, not of a loop left out", "[kernels][threads]")
{
    ThreadTeam team(1);
    const double rate = slimline::kernels::product_rate(team);
    CHECK(rate > 1e7);
    CHECK(rate < 1e13);
}

TEST_CASE("a team runs on the cores that it is given, and on no others", "[kernels][threads]")
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
    int last = -1;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        last = CPU_ISSET(core, &allowed) ? core : last;
    }
    {
        ThreadTeam team(std::vector<int>{last});
        CHECK(team.size() == 1);
        CHECK(::sched_getcpu() == last);
    }
    CHECK_THROWS_AS(ThreadTeam(std::vector<int>{CPU_SETSIZE + 1}), slimline::InputError);
}

TEST_CASE("a team made by a thread that another team keeps on a core still has cores of its own", "[kernels][threads]")
{
    cpu_set_t before;
    CPU_ZERO(&before);
    REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
    if (CPU_COUNT(&before) < 2) {
        return;
    }
    {
        const ThreadTeam first(1);
        ThreadTeam second(2);
        CHECK(second.pinned());
        std::vector<int> core(2, -1);
        second.run([&](int index) { core[std::size_t(index)] = ::sched_getcpu(); });
        CHECK(core[0] != core[1]);
    }
    cpu_set_t after;
    CPU_ZERO(&after);
    REQUIRE(::sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&before, &after));
}
