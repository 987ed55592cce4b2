# The search's half of the library.
target_sources(slimline_gui_widgets
  PRIVATE chips_bar.cpp cloud_raster.cpp colour_key.cpp density_raster.cpp design_table_view.cpp flow_layout.cpp
          parallel_plot.cpp parallel_view.cpp pareto_plot.cpp pareto_view.cpp search_panel.cpp search_view.cpp
          search_views.cpp
  PUBLIC FILE_SET HEADERS FILES
          chips_bar.h cloud_raster.h colour_key.h density_raster.h design_table_view.h flow_layout.h parallel_view.h
          pareto_plot.h pareto_view.h search_panel.h search_view.h search_views.h)
target_link_libraries(slimline_gui_widgets PRIVATE TBB::tbb)
