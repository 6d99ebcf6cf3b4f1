import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programInPath } from '../cli/kiln-process.js';
import { classifier, folder, put, run, write } from './projects.js';

const without = programInPath('cmake') === null ? ' (cmake is missing)' : '';
const OPTIONS = ['-D', 'CMAKE_BUILD_TYPE=Release', '-D', 'CMAKE_C_FLAGS=-Wall -Wextra -Wpedantic -Werror'];
/** As CMake keeps these for itself, or spells them in capitals. */
const HARD_NAMES = ['test', 'install', 'all'];

const MAIN = (header: string): string =>
  `#include "${header}"\nint main(void) { return TINY_ARENA_BYTES > 0 ? 0 : 1; }\n`;

test.skipIf(without !== '')(
  `a CMake library is built, tested, installed, and found by a second project${without}`,
  () => {
    const source = write('cmake', classifier('int8'), 'library');
    const [build, prefix, second] = ['build', 'installed', 'second'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    run('cmake', ['-S', source, '-B', build, '-D', 'TINY_SELFTEST=ON', ...OPTIONS]);
    run('cmake', ['--build', build]);
    expect(run('ctest', ['--test-dir', build])).toContain('100% tests passed, 0 tests failed out of 1');
    expect(run(join(build, 'example', 'tiny_hello'), [])).toMatch(
      /^tiny: self-test passed\ntiny: sample as expected\ntiny: class \d, /,
    );
    run('cmake', ['--install', build, '--prefix', prefix]);
    // The example by itself is a second project: it finds the installed library, which brings the self-test's definition along.
    run('cmake', ['-S', join(source, 'example'), '-B', second, '-D', `CMAKE_PREFIX_PATH=${prefix}`, ...OPTIONS]);
    run('cmake', ['--build', second]);
    expect(run(join(second, 'tiny_hello'), [])).toContain('tiny: self-test passed\ntiny: sample as expected\n');
    const moved = { CMAKE_PREFIX_PATH: prefix };
    put(
      join(folder, 'newer', 'CMakeLists.txt'),
      'cmake_minimum_required(VERSION 3.15)\nproject(newer C)\nfind_package(tiny 9.0 REQUIRED)\n',
    );
    expect(() => run('cmake', ['-S', 'newer', '-B', 'newer-build'], folder, moved)).toThrow(/version: 0\.1\.0/);
  },
);

test.skipIf(without !== '')(`a project adds the folder, or fetches it, as C and as C++${without}`, () => {
  const source = write('cmake', classifier('float32'), 'fetched');
  const lists = [
    'cmake_minimum_required(VERSION 3.15)',
    'project(consumer C CXX)',
    'set(CMAKE_CXX_STANDARD 17)',
    'include(FetchContent)',
    `FetchContent_Declare(tiny SOURCE_DIR "${source}")`,
    'FetchContent_MakeAvailable(tiny)',
    'add_executable(in_c main.c)',
    'add_executable(in_cpp main.cpp)',
    'target_link_libraries(in_c PRIVATE tiny::tiny)',
    'target_link_libraries(in_cpp PRIVATE tiny::tiny)',
    ...HARD_NAMES.map(
      (name) => `add_subdirectory("${write('cmake', classifier('float32', name), `hard-${name}`)}" ${name})`,
    ),
    ...HARD_NAMES.map((name) => `target_link_libraries(in_c PRIVATE ${name}::${name})`),
  ];
  put(join(folder, 'consumer', 'CMakeLists.txt'), lists.join('\n'));
  put(join(folder, 'consumer', 'main.c'), MAIN('tiny.h'));
  put(join(folder, 'consumer', 'main.cpp'), MAIN('tiny.hpp'));
  run('cmake', ['-S', 'consumer', '-B', 'consumer-build']);
  run('cmake', ['--build', 'consumer-build']);
  for (const name of ['in_c', 'in_cpp']) run(join(folder, 'consumer-build', name), []);
});

test.skipIf(without !== '')(`names that mean something to CMake are only names${without}`, () => {
  const compilation = classifier('float32', '"); message(FATAL_ERROR "${evil} $ENV{HOME};@evil@") # \\');
  const source = write('cmake', compilation, 'hostile');
  const said = run('cmake', [
    '-S',
    source,
    '-B',
    'hostile-build',
    '-D',
    `${compilation.project.prefix.toUpperCase()}_EXAMPLE=OFF`,
  ]);
  expect(said).not.toContain('evil}');
  expect(said).toContain('Build files have been written');
});
