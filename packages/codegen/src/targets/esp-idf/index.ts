import type { Target } from '../target.js';

/** Source: ESP-IDF Programming Guide, "Build System"; IDF Component Manager docs, "Manifest File". */
export const espIdf: Target = {
  summary: 'an ESP-IDF component with an example project',
  headerFolder: 'include',
  sourceFolder: 'src',
  templates: {
    'CMakeLists.txt': 'esp-idf/cmake-lists.txt.hbs',
    'idf_component.yml': 'esp-idf/idf-component.yml.hbs',
    Kconfig: 'esp-idf/kconfig.hbs',
    'README.md': 'esp-idf/readme.md.hbs',
    'examples/hello/CMakeLists.txt': 'esp-idf/example-lists.txt.hbs',
    'examples/hello/sdkconfig.defaults': 'esp-idf/sdkconfig.defaults.hbs',
    'examples/hello/main/CMakeLists.txt': 'esp-idf/main-lists.txt.hbs',
    'examples/hello/main/main.c': 'esp-idf/main.c.hbs',
    'examples/hello/main/sample.h': 'shared/sample.h.hbs',
  },
};
