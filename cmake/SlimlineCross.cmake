# Building for another machine: only what the runner is made of. Its libraries are headers, which this machine's packages
# hold beside headers of this machine's own, so links to just them go into a folder of their own.
set(headers "${CMAKE_BINARY_DIR}/headers")
file(MAKE_DIRECTORY "${headers}")

# slimline_header_package(TARGET FOLDER ...): an interface target for the headers below /usr/include/FOLDER.
function(slimline_header_package target)
  foreach(folder ${ARGN})
    if(NOT EXISTS "/usr/include/${folder}")
      message(FATAL_ERROR "/usr/include/${folder} is missing: run scripts/setup.sh build test cross")
    endif()
    cmake_path(GET folder FILENAME name)
    file(CREATE_LINK "/usr/include/${folder}" "${headers}/${name}" SYMBOLIC)
  endforeach()
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE "${headers}")
endfunction()

slimline_header_package(nlohmann_json::nlohmann_json nlohmann)
slimline_header_package(Eigen3::Eigen eigen3/Eigen)
slimline_header_package(fmt::fmt fmt)
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY)
find_package(Threads REQUIRED)
if(SLIMLINE_TESTS)
  slimline_header_package(Catch2::Catch2 catch2)
  include(CTest)
  include(/usr/lib/cmake/Catch2/Catch.cmake)
endif()

set(slimline_folders base archspace validation/kernels validation/engine validation/sustained validation/backends validation/runner tests)
set(slimline_test_folders kernels engine)
