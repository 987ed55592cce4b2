# One call declares a library of a folder, one its tests, one a benchmark, one a fuzzer.

option(SLIMLINE_WERROR "Treat warnings as errors" OFF)

# Sources that are compiled together see each other's globals; what each hides of its own is told by the other builds.
set(slimline_shadow -Wshadow)
if(CMAKE_UNITY_BUILD)
  set(slimline_shadow $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)
endif()

add_library(slimline_warnings INTERFACE)
target_compile_options(slimline_warnings INTERFACE
  -Wall -Wextra -Wpedantic ${slimline_shadow} -Wconversion -Wno-sign-conversion $<$<BOOL:${SLIMLINE_WERROR}>:-Werror>)

# GCC 12 reports overlapping copies inside std::string where there are none (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(slimline_warnings INTERFACE -Wno-restrict)
endif()

# slimline_add_library(NAME HEADERS ... SOURCES ... PUBLIC ... PRIVATE ...)
# The library of the folder NAME; headers are a file set, so that each can be verified to stand alone.
function(slimline_add_library name)
  cmake_parse_arguments(ARG "" "" "HEADERS;SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(slimline_${name} STATIC ${ARG_SOURCES})
  add_library(slimline::${name} ALIAS slimline_${name})
  target_sources(slimline_${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${ARG_HEADERS})
  target_link_libraries(slimline_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:slimline_warnings>)
endfunction()

# slimline_add_tests(NAME SOURCES ... LINK ...): an executable whose test cases ctest runs one by one.
function(slimline_add_tests name)
  if(NOT SLIMLINE_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name}_tests ${ARG_SOURCES})
  target_link_libraries(${name}_tests PRIVATE slimline_test_main ${ARG_LINK} slimline_warnings)
  target_compile_definitions(${name}_tests PRIVATE SLIMLINE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  catch_discover_tests(${name}_tests TEST_PREFIX "${name}: ")
endfunction()

# slimline_add_benchmark(NAME SOURCES ... LINK ...): built with the project, run by hand or by scripts/bench.sh.
function(slimline_add_benchmark name)
  if(NOT SLIMLINE_BENCHMARKS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name}_bench ${ARG_SOURCES})
  target_link_libraries(${name}_bench PRIVATE benchmark::benchmark_main ${ARG_LINK} slimline_warnings)
endfunction()

# slimline_add_fuzzer(NAME [BY_HAND] SOURCES ... LINK ...): a libFuzzer program, for clang; target `fuzzers` builds all but
# those that are built by hand.
function(slimline_add_fuzzer name)
  cmake_parse_arguments(ARG "BY_HAND" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name}_fuzzer ${ARG_SOURCES})
  target_link_libraries(${name}_fuzzer PRIVATE ${ARG_LINK})
  target_link_options(${name}_fuzzer PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  if(ARG_BY_HAND)
    set_target_properties(${name}_fuzzer PROPERTIES EXCLUDE_FROM_ALL ON)
  else()
    add_dependencies(fuzzers ${name}_fuzzer)
  endif()
endfunction()
