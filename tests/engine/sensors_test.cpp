// Machines of files: what they tell of clocks, temperatures and power, and what they do not.

#include "validation/sustained/sensors.h"

#include <fstream>

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace slimline::sustained;
using Catch::Contains;

namespace fs = std::filesystem;

namespace {

/// A folder that stands for /sys.
class Machine {
 public:
    Machine() { fs::remove_all(sys); }
    ~Machine()
    {
        std::error_code ignored;
        for (const fs::path& each : closed_) {
            fs::permissions(each, fs::perms::owner_all, ignored);
        }
        fs::remove_all(sys, ignored);
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    void put(const std::string& file, const std::string& text) const
    {
        fs::create_directories((sys / file).parent_path());
        std::ofstream(sys / file) << text << "\n";
    }
    /// As the system does with files of others.
    void close(const std::string& file)
    {
        closed_.push_back(sys / file);
        fs::permissions(sys / file, fs::perms::none);
    }

    fs::path sys = fs::temp_directory_path() / ("slimline-sensors-" + std::to_string(::getpid()));

 private:
    std::vector<fs::path> closed_{};
};

/// Root may read everything, so while this lives a test is somebody else.
class Nobody {
 public:
    Nobody() { changed_ = ::geteuid() == 0 && ::seteuid(nobody) == 0; }
    ~Nobody()
    {
        if (changed_) {
            CHECK(::seteuid(0) == 0);
        }
    }
    Nobody(const Nobody&) = delete;
    Nobody& operator=(const Nobody&) = delete;

 private:
    static constexpr uid_t nobody = 65534;
    bool changed_ = false;
};

void put_jetson(const Machine& m)
{
    m.put("devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "1510400");
    m.put("devices/system/cpu/cpufreq/policy4/scaling_cur_freq", "1200000");
    m.put("devices/system/cpu/cpufreq/policy10/scaling_cur_freq", "700000");
    m.put("class/thermal/thermal_zone0/type", "cpu-thermal");
    m.put("class/thermal/thermal_zone0/temp", "48500");
    m.put("class/thermal/thermal_zone1/type", "gpu-thermal");
    m.put("class/thermal/thermal_zone1/temp", "-256000");  // switched off
    m.put("class/thermal/thermal_zone2/type", "tj-thermal");
    m.put("class/thermal/thermal_zone2/temp", "50250");
    m.put("class/hwmon/hwmon0/name", "pwmfan");
    const std::string ina = "class/hwmon/hwmon3/";
    m.put(ina + "name", "ina3221");
    const auto rail = [&](int n, const char* label, const char* millivolts, const char* milliamperes) {
        m.put(ina + "in" + std::to_string(n) + "_label", label);
        m.put(ina + "in" + std::to_string(n) + "_input", millivolts);
        m.put(ina + "curr" + std::to_string(n) + "_input", milliamperes);
    };
    rail(1, "VDD_IN", "5000", "1800");
    rail(2, "VDD_CPU_GPU_CV", "5000", "600");
    rail(3, "VDD_SOC", "5000", "300");
    m.put(ina + "in7_label", "sum of shunt voltages");
}

std::vector<std::string> names(const std::vector<Reading>& readings)
{
    std::vector<std::string> all;
    for (const Reading& each : readings) {
        all.push_back(each.name);
    }
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a Jetson's INA3221 tells the power of each rail, and its input is the whole", "[sensors]")
{
    const Machine m;
    put_jetson(m);
    Sensors sensors(m.sys);
    CHECK(sensors.list().missing.empty());
    CHECK(sensors.list().power_source == "VDD_IN");
    sensors.watch(0);
    const Readings r = sensors.take(1);
    CHECK(r.clocks_hz == std::vector<Reading>{{"policy0", 1.5104e9}, {"policy4", 1.2e9}, {"policy10", 0.7e9}});
    CHECK(r.temperatures_c == std::vector<Reading>{{"cpu-thermal", 48.5}, {"tj-thermal", 50.25}});
    CHECK(names(r.powers_w) == Names{"VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"});
    CHECK(r.powers_w[1].value == Approx(3));
    REQUIRE(r.power_w);
    CHECK(*r.power_w == Approx(9));
}

TEST_CASE("a phone that hides its files tells temperatures and charge by Android's services", "[sensors]")
{
    const Machine m;
    m.put("devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "1800000");
    long charge = 3'600'000;  // millionths of an ampere hour
    const std::string heat = R"(IsStatusOverride: false
Thermal Status: 1
Cached temperatures:
	Temperature{mValue=38.0, mType=0, mName=AP, mStatus=0}
	Temperature{mValue=30.0, mType=5, mName=gone, mStatus=0}
HAL Ready: true
Current temperatures from HAL:
	Temperature{mValue=44.8, mType=0, mName=AP, mStatus=0}
	Temperature{mValue=0.0, mType=4, mName=USB, mStatus=0}
	Temperature{mValue=38.25, mType=3, mName=SKIN, mStatus=1}
Current cooling devices from HAL:
	CoolingDevice{mValue=3, mType=0, mName=fan}
)";
    const auto ask = [&](const std::string& service) {
        return service == "battery" ? "Current Battery Service state:\n  USB powered: false\n  Charge counter: " + std::to_string(charge) +
                                          "\n  status: 3\n  level: 84\n  voltage: 4000\n  temperature: 305\n"
                                    : heat;
    };
    Sensors sensors(m.sys, ask);
    CHECK(sensors.list().missing.empty());
    CHECK(sensors.list().power_source == "battery's charge");
    CHECK(sensors.take(1).temperatures_c == std::vector<Reading>{{"AP", 44.8}, {"SKIN", 38.25}});
    CHECK(!sensors.take(6).power_w);  // the counter has not moved
    charge -= 1000;
    CHECK(!sensors.take(11).power_w);  // it may have been due for long
    CHECK(!sensors.take(16).power_w);
    charge -= 12'500;                  // 45 coulombs at 4 V in 10 s
    CHECK(!sensors.take(18).power_w);  // it is asked every five seconds
    CHECK(*sensors.take(21).power_w == Approx(18));
    CHECK(*sensors.take(26).power_w == Approx(18));  // until it moves again
}

TEST_CASE("a battery that is charged tells no power, and what is no answer tells nothing", "[sensors]")
{
    const Machine m;
    m.put("class/thermal/thermal_zone0/temp", "45000");
    Sensors charged(m.sys, [](const std::string&) { return "  Charge counter: 3000000\n  status: 2\n  voltage: 4000\n  temperature: 305\n"; });
    CHECK(charged.list().power_source.empty());
    CHECK_THAT(charged.list().missing.back(), Contains("unplug it"));
    CHECK(charged.take(1).temperatures_c == std::vector<Reading>{{"thermal_zone0", 45}});  // files come first
    for (const char* text : {"", "Can't find service: thermalservice", "status: \nvoltage: x\nCharge counter: 1e999", "Temperature{mValue=, mName=",
                             "Temperature{mValue=nan, mName=a}", "Temperature{mValue=40}", "\n\n:::\n"}) {
        CAPTURE(text);
        CHECK(read_android_temperatures(text).empty());
        const AndroidBattery battery = read_android_battery(text);
        CHECK((!battery.coulombs && !battery.volts && !battery.celsius && !battery.used));
    }
    Sensors old(Machine().sys, [](const std::string& service) { return service == "battery" ? "status: 3\ntemperature: 305" : ""; });
    CHECK(old.take(1).temperatures_c == std::vector<Reading>{{"battery", 30.5}});  // before Android 10
    CHECK_THAT(old.list().missing.back(), Contains("no charge"));
}

TEST_CASE("rails without a common input are added up", "[sensors]")
{
    const Machine m;
    put_jetson(m);
    m.put("class/hwmon/hwmon3/in1_label", "VDD_GPU_SOC");
    Sensors sensors(m.sys);
    CHECK(sensors.list().power_source == "VDD_GPU_SOC + VDD_CPU_GPU_CV + VDD_SOC");
    CHECK(*sensors.take(1).power_w == Approx(9 + 3 + 1.5));
}

TEST_CASE("power and clocks of a span are the mean of what was seen in it", "[sensors]")
{
    const Machine m;
    put_jetson(m);
    Sensors sensors(m.sys);
    sensors.watch(0);
    m.put("class/hwmon/hwmon3/curr1_input", "1000");
    m.put("devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "510400");
    const Readings r = sensors.take(1);
    CHECK(*r.power_w == Approx(7));
    CHECK(r.clocks_hz.front().value == Approx(1.0104e9));
    CHECK(*sensors.take(2).power_w == Approx(5));  // a new span
}

TEST_CASE("a phone's battery tells its power while it discharges, with either sign of the current", "[sensors]")
{
    const Machine m;
    const std::string current = GENERATE("-850000", "850000");
    m.put("class/power_supply/usb/type", "USB");
    m.put("class/power_supply/battery/type", "Battery");
    m.put("class/power_supply/battery/status", "Discharging");
    m.put("class/power_supply/battery/current_now", current);
    m.put("class/power_supply/battery/voltage_now", "4000000");
    m.put("class/thermal/thermal_zone3/type", "cpu-0-0-usr");
    m.put("class/thermal/thermal_zone3/temp", "61000");
    m.put("class/thermal/thermal_zone4/type", "cpu-0-0-usr");
    m.put("class/thermal/thermal_zone4/temp", "62000");
    m.put("class/thermal/thermal_zone5/type", "battery");
    m.put("class/thermal/thermal_zone5/temp", "31");  // in another unit
    Sensors sensors(m.sys);
    CHECK(sensors.list().power_source == "battery");
    REQUIRE(sensors.list().missing.size() == 1);
    CHECK_THAT(sensors.list().missing[0], Contains("clock") && Contains("is not there"));
    const Readings r = sensors.take(1);
    CHECK(*r.power_w == Approx(3.4));
    CHECK(names(r.temperatures_c) == Names{"cpu-0-0-usr", "cpu-0-0-usr 2"});
    SECTION("and no more from when it is charged")
    {
        m.put("class/power_supply/battery/status", "Charging");
        CHECK(!sensors.take(2).power_w);
    }
}

TEST_CASE("a battery that is charged, in another unit or a mouse's tells no power", "[sensors]")
{
    const Machine m;
    m.put("class/power_supply/battery/type", "Battery");
    m.put("class/power_supply/battery/status", "Discharging");
    m.put("class/power_supply/battery/current_now", "-850000");
    m.put("class/power_supply/battery/voltage_now", "4000000");
    std::string reason;
    SECTION("charged")
    {
        m.put("class/power_supply/battery/status", "Charging");
        reason = "unplug it";
    }
    SECTION("in thousandths of an ampere")
    {
        m.put("class/power_supply/battery/current_now", "-850");
        reason = "millionths";
    }
    SECTION("a mouse's")
    {
        m.put("class/power_supply/battery/scope", "Device");
        reason = "there is no INA monitor";
    }
    SECTION("words")
    {
        m.put("class/power_supply/battery/current_now", "a lot");
        reason = "current_now";
    }
    Sensors sensors(m.sys);
    CHECK(sensors.list().power_source.empty());
    CHECK(!sensors.take(1).power_w);
    CHECK_THAT(sensors.list().missing.back(), Contains(reason));
}

TEST_CASE("RAPL counts energy, begins again at its range, and only whole packages are added up", "[sensors]")
{
    const Machine m;
    const auto domain = [&](const std::string& folder, const char* name, const char* energy) {
        m.put("class/powercap/" + folder + "/name", name);
        m.put("class/powercap/" + folder + "/energy_uj", energy);
        m.put("class/powercap/" + folder + "/max_energy_range_uj", "262143328850");
    };
    domain("intel-rapl:0", "package-0", "262143000000");
    domain("intel-rapl:0:0", "core", "1");
    domain("intel-rapl:1", "package-1", "5000000");
    domain("intel-rapl:2", "psys", "0");
    domain("intel-rapl-mmio:0", "package-0", "262143000000");  // the same counter again
    Sensors sensors(m.sys);
    CHECK(sensors.list().power_source == "package-0 + package-1");
    sensors.watch(10);
    domain("intel-rapl:0", "package-0", "19671150");  // 20 J on: 0.32885 before the end, the rest after it
    domain("intel-rapl:1", "package-1", "35000000");
    domain("intel-rapl:2", "psys", "60000000");
    const Readings r = sensors.take(12);
    CHECK(names(r.powers_w) == Names{"package-0", "package-1", "psys"});
    CHECK(r.powers_w[0].value == Approx(10));
    CHECK(*r.power_w == Approx(10 + 15));
    CHECK(*sensors.take(13).power_w == 0);  // nothing has moved since
}

TEST_CASE("what may not be read is named, and no number stands for it", "[sensors]")
{
    Machine m;
    m.put("class/powercap/intel-rapl:0/name", "package-0");
    m.put("class/powercap/intel-rapl:0/energy_uj", "5");
    m.put("class/powercap/intel-rapl:0/max_energy_range_uj", "100");
    m.put("class/thermal/thermal_zone0/type", "x86_pkg_temp");
    m.put("class/thermal/thermal_zone0/temp", "50000");
    m.put("class/hwmon/hwmon0/name", "k10temp");
    m.put("class/hwmon/hwmon0/temp1_input", "40000");
    m.close("class/powercap/intel-rapl:0/energy_uj");
    {
        const Nobody nobody;
        Sensors sensors(m.sys);
        CHECK_THAT(sensors.list().missing.back(), Contains("power: ") && Contains("energy_uj may not be read"));
        CHECK(sensors.list().power_source.empty());
        const Readings r = sensors.take(1);
        CHECK(r.powers_w.empty());
        CHECK(r.temperatures_c == std::vector<Reading>{{"x86_pkg_temp", 50}});
    }
    m.close("class/thermal");
    m.close("class/powercap");
    const Nobody nobody;
    Sensors sensors(m.sys);
    CHECK(sensors.take(1).temperatures_c == std::vector<Reading>{{"k10temp", 40}});
    CHECK_THAT(sensors.list().missing.back(), Contains("class/powercap may not be read"));
}

TEST_CASE("a machine that tells nothing, or nonsense, gives no reading and says what is missing", "[sensors]")
{
    const Machine m;
    SECTION("nothing") {}
    SECTION("nonsense")
    {
        m.put("devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "<unknown>");
        m.put("class/thermal/thermal_zone0/temp", "hot\xff\x01");
        m.put("class/hwmon/hwmon0/name", "ina3221");
        m.put("class/hwmon/hwmon0/in1_input", "1e300");
        m.put("class/hwmon/hwmon0/curr1_input", "1e300");
        m.put("class/powercap/intel-rapl:0/energy_uj", "nan");
        m.put("class/powercap/intel-rapl:0/max_energy_range_uj", "-1");
        fs::create_directories(m.sys / "class/power_supply/battery/type");
    }
    SECTION("very much")
    {
        for (int i = 0; i < 1000; ++i) {
            fs::create_directories(m.sys / "class/thermal" / ("thermal_zone" + std::to_string(i)));
        }
        m.put("class/thermal/thermal_zone0/temp", std::string(100000, '9'));
    }
    Sensors sensors(m.sys);
    sensors.watch(0);
    CHECK(sensors.take(1) == Readings{});
    REQUIRE(sensors.list().missing.size() == 3);
    CHECK(sensors.list().missing[0].starts_with("clock: "));
    CHECK(sensors.list().missing[1].starts_with("temperature: "));
    CHECK(sensors.list().missing[2].starts_with("power: "));
}
