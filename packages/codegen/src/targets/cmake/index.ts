import type { Target } from '../target.js';

export const cmake: Target = {
  summary: 'a CMake project: add_subdirectory, FetchContent, or install and find_package',
  headerFolder: 'include',
  sourceFolder: 'src',
  templates: {
    'CMakeLists.txt': 'cmake/cmake-lists.txt.hbs',
    'cmake/NAMEConfig.cmake.in': 'cmake/config.cmake.in.hbs',
    'README.md': 'cmake/readme.md.hbs',
    'include/NAME.hpp': 'cpp/network.hpp.hbs',
    'example/CMakeLists.txt': 'cmake/example-lists.txt.hbs',
    'example/main.c': 'shared/main.c.hbs',
    'example/sample.h': 'shared/sample.h.hbs',
  },
};
