#include "validation/placement.h"

#include <algorithm>
#include <map>

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "validation/backends/own_cores.h"

using namespace slimline;

namespace {

/// A phone as of 2023: one prime core, three large, four small; small ones are a quarter as fast and read little.
std::vector<GroupRates> phone()
{
    return {{.group = {.cores = {7}}, .core_compute = 100, .core_bandwidth = 20e9, .bandwidth = 20e9},
            {.group = {.cores = {4, 5, 6}}, .core_compute = 80, .core_bandwidth = 15e9, .bandwidth = 36e9},
            {.group = {.cores = {0, 1, 2, 3}}, .core_compute = 25, .core_bandwidth = 4e9, .bandwidth = 10e9}};
}

System told(const std::map<std::string, std::string>& files, int cores)
{
    System system;
    system.cores = cores;
    system.text = [files](const std::string& path) {
        const auto found = files.find(path);
        return found == files.end() ? std::string() : found->second;
    };
    return system;
}

using Cores = std::vector<int>;

}  // namespace

TEST_CASE("arithmetic goes to the prime and large cores: small ones would hold them up", "[validation][placement]")
{
    const PlacementAdvice advice = placement_advice(phone(), 0);
    CHECK(advice.prefill.threads == std::vector<int>{1, 3, 0});
    CHECK(advice.prefill.cores == Cores{7, 4, 5, 6});
    CHECK(advice.prefill.rate == 4 * 80);  // eight threads would reach 8 * 25
}

TEST_CASE("reading goes to as few cores as reach what memory gives", "[validation][placement]")
{
    const PlacementAdvice free = placement_advice(phone(), 0);
    CHECK(free.decode.threads == std::vector<int>{1, 3, 0});
    CHECK(free.decode.rate == 4 * 12e9);  // three of a group share its 36 GB/s
    const PlacementAdvice bound = placement_advice(phone(), 30e9);
    CHECK(bound.decode.count() == 2);
    CHECK(bound.decode.rate == 30e9);  // 2 * 15
    CHECK(bound.decode.cores == Cores{7, 4});
    CHECK(placement_advice(phone(), 18e9).decode.cores == Cores{7});
}

TEST_CASE("of a machine of which some cores are meant, only those are told of", "[validation][placement]")
{
    System some = told({{"/sys/devices/system/cpu/cpu3/cpufreq/cpuinfo_max_freq", "1800000"},
                        {"/sys/devices/system/cpu/cpu6/cpufreq/cpuinfo_max_freq", "2400000"},
                        {"/sys/devices/system/cpu/cpu7/cpufreq/cpuinfo_max_freq", "3000000"}},
                       8);
    some.only = {3, 6};
    const std::vector<CoreGroup> groups = core_groups(some);
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].cores == Cores{6});
    CHECK(groups[1].cores == Cores{3});
    CHECK(cores_of(some) == Cores{3, 6});
    CHECK(cores_of(told({}, 3)) == Cores{0, 1, 2});
}

TEST_CASE("a list of cores is read as it is written, and nothing else is", "[validation][placement]")
{
    CHECK(core_numbers("0-3,6") == Cores{0, 1, 2, 3, 6});
    CHECK(core_numbers("7,4-5,4") == Cores{4, 5, 7});
    CHECK(core_list(core_numbers("0-3,6")) == "0-3,6");
    for (const char* text : {"", "-", "4-", "-4", "3-1", "1-2-3", "a", "1,,2", "1024", "99999999999999999999", "0x3", "1 2"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(core_numbers(text), InputError);
    }
}

TEST_CASE("many small cores win where they are nearly as fast, and one group is used as far as it helps",
          "[validation][placement]")
{
    std::vector<GroupRates> groups = phone();
    groups[2].core_compute = 75;
    CHECK(placement_advice(groups, 0).prefill.count() == 8);
    const std::vector<GroupRates> one{
        {.group = {.cores = {0, 1, 2, 3}}, .core_compute = 1, .core_bandwidth = 10e9, .bandwidth = 20e9}};
    CHECK(placement_advice(one, 0).prefill.count() == 4);
    CHECK(placement_advice(one, 0).decode.cores == Cores{0, 1});
}

TEST_CASE("no placement is faster than the advice, whatever the rates", "[validation][placement]")
{
    unsigned state = 1;
    const auto random = [&] { return 1 + double((state = state * 1664525 + 1013904223) >> 16) / 65536 * 9; };
    for (int i = 0; i < 100; ++i) {
        std::vector<GroupRates> groups = phone();
        for (GroupRates& each : groups) {
            each.core_compute = random();
            each.core_bandwidth = random();
            each.bandwidth = each.core_bandwidth * (1 + random());
        }
        const PlacementAdvice advice = placement_advice(groups, 0);
        for (int a = 0; a <= 1; ++a) {
            for (int b = 0; b <= 3; ++b) {
                for (int c = 0; c <= 4; ++c) {
                    double slowest = 1e9;
                    slowest = a > 0 ? std::min(slowest, groups[0].core_compute) : slowest;
                    slowest = b > 0 ? std::min(slowest, groups[1].core_compute) : slowest;
                    slowest = c > 0 ? std::min(slowest, groups[2].core_compute) : slowest;
                    CHECK((a + b + c == 0 || advice.prefill.rate >= 0.98 * (a + b + c) * slowest));
                }
            }
        }
    }
}

TEST_CASE("machines of very many cores are advised too", "[validation][placement]")
{
    std::vector<GroupRates> groups(8);
    for (std::size_t g = 0; g < groups.size(); ++g) {
        groups[g] = {
            .group = {.cores = Cores(128)}, .core_compute = 10.0 - double(g), .core_bandwidth = 1, .bandwidth = 64};
    }
    const PlacementAdvice advice = placement_advice(groups, 0);
    CHECK(advice.prefill.rate >= 0.98 * 640 * 6);  // five groups of 128, the slowest at 6: as much as six at 5
    CHECK(advice.prefill.count() <= 640);
}

TEST_CASE("cores are told apart by their capacity, else by their clock, and small differences are none",
          "[validation][probe]")
{
    std::map<std::string, std::string> files;
    const auto put = [&](int core, const char* clock_khz, const char* capacity) {
        const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(core) + "/";
        files[folder + "cpufreq/cpuinfo_max_freq"] = std::string(clock_khz) + "\n";
        if (*capacity != '\0') {
            files[folder + "cpu_capacity"] = std::string(capacity) + "\n";
        }
    };
    SECTION("a phone")
    {
        for (int core = 0; core < 4; ++core) {
            put(core, "1800000", "250");
        }
        for (int core = 4; core < 7; ++core) {
            put(core, "2400000", "800");
        }
        put(7, "2840000", "1024");
        const auto groups = core_groups(told(files, 8));
        REQUIRE(groups.size() == 3);
        CHECK(groups[0].cores == Cores{7});
        CHECK(groups[1].cores == Cores{4, 5, 6});
        CHECK(groups[2].cores == Cores{0, 1, 2, 3});
        CHECK(groups[0].clock_hz == 2.84e9);
        CHECK(groups[2].capacity == 250);
    }
    SECTION("a PC whose best cores may run a little faster")
    {
        put(0, "5100000", "");
        put(1, "5200000", "");
        put(2, "3300000", "");
        put(3, "3300000", "");
        const auto groups = core_groups(told(files, 4));
        REQUIRE(groups.size() == 2);
        CHECK(groups[0].cores == Cores{0, 1});
        CHECK(groups[0].clock_hz == 5.2e9);
        CHECK(groups[1].cores == Cores{2, 3});
    }
    SECTION("one that says nothing of one core")
    {
        put(0, "5100000", "");
        put(1, "<unknown>", "");
        const auto groups = core_groups(told(files, 2));
        REQUIRE(groups.size() == 1);
        CHECK(groups[0].cores == Cores{0, 1});
    }
}

TEST_CASE("each kind of core is measured by one and by all of it, and one that is kept from us is left out",
          "[validation][placement]")
{
    std::map<std::string, std::string> files;
    for (int core = 0; core < 4; ++core) {
        files["/sys/devices/system/cpu/cpu" + std::to_string(core) + "/cpu_capacity"] = core < 1   ? "300\n"
                                                                                        : core < 3 ? "700\n"
                                                                                                   : "1024\n";
    }
    System system = told(files, 4);
    system.products_on = [](const std::vector<int>& cores) {
        return cores.front() == 3 ? throw InputError("core 3", "is none that this program may use")
                                  : 10.0 * double(cores.size());
    };
    system.read_bandwidth_on = [](double, const std::vector<int>& cores) { return 1e9 * double(cores.size()); };
    const auto rates = measured_groups(system, {});
    REQUIRE(rates.size() == 2);
    CHECK(rates[0].group.cores == Cores{1, 2});
    CHECK(rates[0].core_compute == 10);
    CHECK(rates[0].core_bandwidth == 1e9);
    CHECK(rates[0].bandwidth == 2e9);
    Watcher watcher;
    watcher.cancelled = [] { return true; };
    CHECK(measured_groups(system, watcher).empty());
}

TEST_CASE("lists of cores are written as the system writes them", "[validation][probe]")
{
    CHECK(core_list({0, 1, 2, 3}) == "0-3");
    CHECK(core_list({0, 2, 3, 7}) == "0,2-3,7");
    CHECK(core_list({}).empty());
}
