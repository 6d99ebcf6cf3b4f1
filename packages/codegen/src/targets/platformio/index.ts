import type { Target } from '../target.js';

/** Source: PlatformIO docs, "library.json" and "platformio.ini". */
export const platformio: Target = {
  summary: 'a PlatformIO library with an example project',
  headerFolder: 'include',
  sourceFolder: 'src',
  templates: {
    'library.json': 'platformio/library.json.hbs',
    'README.md': 'platformio/readme.md.hbs',
    'examples/hello/platformio.ini': 'platformio/platformio.ini.hbs',
    'examples/hello/src/main.cpp': 'platformio/main.cpp.hbs',
    'examples/hello/src/sample.h': 'shared/sample.h.hbs',
  },
};
