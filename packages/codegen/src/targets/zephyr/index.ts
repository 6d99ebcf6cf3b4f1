import type { Target } from '../target.js';

/** Source: Zephyr docs, "Modules (External projects)"; its `scripts/zephyr_module.py` for `module.yml`. */
export const zephyr: Target = {
  summary: 'a Zephyr module with its Kconfig options and a sample',
  headerFolder: 'include',
  sourceFolder: 'src',
  templates: {
    'zephyr/module.yml': 'zephyr/module.yml.hbs',
    'CMakeLists.txt': 'zephyr/cmake-lists.txt.hbs',
    Kconfig: 'zephyr/kconfig.hbs',
    'README.md': 'zephyr/readme.md.hbs',
    'samples/hello/CMakeLists.txt': 'zephyr/sample-lists.txt.hbs',
    'samples/hello/prj.conf': 'zephyr/prj.conf.hbs',
    'samples/hello/sample.yaml': 'zephyr/sample.yaml.hbs',
    'samples/hello/src/main.c': 'shared/main.c.hbs',
    'samples/hello/src/sample.h': 'shared/sample.h.hbs',
  },
};
