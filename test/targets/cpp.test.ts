import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programInPath } from '../cli/kiln-process.js';
import { classifier, folder, put, run, stateful, STRICT, write } from './projects.js';

const COMPILERS = [
  ['g++', 'gcc'],
  ['clang++', 'clang'],
] as const;
const missing = (program: string): string => (programInPath(program) === null ? ` (${program} is missing)` : '');
const MODELS = { int8: classifier('int8'), float32: classifier('float32'), stateful: stateful() };

/** Holds every kind of view, the copies of a state, and `quantize` of 2,000 numbers against what the network itself makes of them. */
const CLASSIFIER_CHECK = `
#include "tiny.hpp"
#include <cmath>
#include <cstdio>
#include <cstring>

static_assert(tiny::input_port::size == 16 && tiny::scores_port::shape[1] == 3, "");
static_assert(tiny::quantized_port::dequantize(tiny::quantized_port::zero_point) == 0.0f, "");
static_assert(!std::is_convertible_v<std::array<float, 15> &, tiny::input_port::const_view>, "");
static_assert(!std::is_convertible_v<float *, tiny::input_port::const_view>, "");
static_assert(!std::is_convertible_v<const std::array<int8_t, 3> &, tiny::scores_port::view>, "");
static_assert(std::is_trivially_default_constructible_v<tiny::Network>, "");

static void observe(void *context, int32_t layer, const void *result, uint32_t bytes)
{
    if (layer == 0) std::memcpy(context, result, bytes);
}

int main()
{
    static tiny::Network network;
    static tiny_arena arena;
    tiny::input_port::array input{};
    const tiny::input_port::array &constant = input;
    float plain[16] = {};
    tiny::scores_port::array scores{};
    int8_t other[3];
    network.run(input, scores);
    network.run(constant, other);
    if (std::memcmp(scores.data(), other, 3) != 0) return 1;
    if (network.run(plain) != scores) return 2;
    if (network.run(tiny::input_port::const_view::at(&plain[0])) != scores) return 3;
    if (network.run(tiny::input_port::view(plain)) != scores) return 4;
    for (int i = 0; i < 2000; i += 16) {
        tiny::quantized_port::array expected{};
        tiny::quantized_port::array found{};
        for (int k = 0; k < 16; k++) {
            const int n = i + k;
            const float ties = tiny::quantized_port::scale * (static_cast<float>(n - 1000) * 0.5f);
            input[static_cast<std::size_t>(k)] = n % 97 == 0 ? NAN : n % 89 == 0 ? INFINITY : n % 83 == 0 ? -3e38f : ties;
            found[static_cast<std::size_t>(k)] = tiny::quantized_port::quantize(input[static_cast<std::size_t>(k)]);
        }
        const void *const inputs[] = { input.data() };
        void *const outputs[] = { other };
        tiny_run_observed(inputs, outputs, &arena, observe, expected.data());
        if (found != expected) return 5;
        network.run_quantized(found, scores);
        if (network.run(input) != scores) return 6;
        if (network.classify(input) != tiny_classify(input.data(), &arena)) return 7;
    }
    return 0;
}
`;

const STATE_CHECK = `
#include "running_sum.hpp"

int main()
{
    static running_sum::Network first;
    float x[4] = { 1.0f, 1.0f, 1.0f, 1.0f };
    int32_t scale[4] = { 1, 2, 3, 4 };
    float sum[4];
    int32_t doubled[4];
    first.run(x, scale, sum, doubled);
    running_sum::Network second = first;
    first.run(x, scale, sum, doubled);
    if (sum[3] != 5.0f || doubled[3] != 8) return 1;
    second.run(x, scale, sum, doubled);
    if (sum[3] != 5.0f) return 2;
    first.reset();
    first.run(x, scale, sum, doubled);
    return sum[3] == 4.0f ? 0 : 3;
}
`;

for (const [cxx, cc] of COMPILERS) {
  const tools = missing(cxx) || missing(cc);
  test.skipIf(tools !== '').each(Object.entries(MODELS))(
    `the %s network in C++17 under ${cxx}: no warning, no exceptions, no RTTI, and the results of the C${tools}`,
    (name, compilation) => {
      const { prefix } = compilation.project;
      const at = write('cpp', compilation, `${cxx}-${name}`);
      const define = `-D${prefix.toUpperCase()}_SELFTEST`;
      run(cc, ['-std=c99', ...STRICT, define, '-c', `${prefix}.c`, '-o', 'network.o'], at);
      const flags = ['-std=c++17', ...STRICT, define, '-I.'];
      for (const more of [[], ['-fno-exceptions', '-fno-rtti', '-O2']]) {
        run(cxx, [...flags, ...more, 'example/main.cpp', 'network.o', '-o', 'hello'], at);
        const said = run(join(at, 'hello'), []);
        expect(said).toContain(`${prefix}: self-test passed\n${prefix}: sample as expected\n`);
        if (prefix === 'tiny') expect(said).toMatch(/tiny: class [012], (left|right|_none_)\n$/);
      }
      const checks: Partial<Record<string, string>> = { int8: CLASSIFIER_CHECK, stateful: STATE_CHECK };
      if (checks[name] === undefined) return;
      put(join(at, 'check.cpp'), checks[name]);
      run(cxx, [...flags, '-O1', 'check.cpp', 'network.o', '-o', 'check'], at);
      run(join(at, 'check'), []);
    },
  );
}

test.skipIf(missing('g++') !== '')('a network called as a namespace or a function of others compiles in C++', () => {
  const names = ['std', 'time', 'View', 'Network', 'quantize', 'size_t', 'template', 'scores'];
  const includes = names.map((name) => {
    const compilation = classifier('float32', name);
    write('cpp', compilation, 'names');
    return `#include "${compilation.project.prefix}.hpp"`;
  });
  const source = put(join(folder, 'names', 'all.cpp'), ['#include <ctime>', ...includes, ''].join('\n'));
  run('g++', ['-std=c++17', ...STRICT, '-fsyntax-only', source]);
});

test.skipIf(missing('g++') !== '')('the header and a static arena do not go together, and it says so', () => {
  const at = write('cpp', classifier('float32'), 'static');
  const args = ['-std=c++17', '-DTINY_STATIC_ARENA', '-fsyntax-only', '-I.', 'example/main.cpp'];
  expect(() => run('g++', args, at)).toThrow(/tiny::Network: compile without TINY_STATIC_ARENA/);
});
