# The search's half of the library.
target_sources(slimline_gui_viewmodel
  PRIVATE brushes.cpp design_column.cpp design_table_model.cpp latest_job.cpp live_explorer.cpp live_frame.cpp
          search_form.cpp search_job.cpp search_workspace.cpp
  PUBLIC FILE_SET HEADERS FILES
          brushes.h design_column.h design_table_model.h latest_job.h live_explorer.h live_frame.h search_form.h
          search_job.h search_workspace.h)
target_link_libraries(slimline_gui_viewmodel PRIVATE TBB::tbb)
