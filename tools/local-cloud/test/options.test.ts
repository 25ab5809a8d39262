import { parseOptions, usage } from '../src/cli/options'

it.each([
  ["Unknown argument 'drill'.", ['start', 'drill']],
  ["Unknown argument 'stop'.", ['stop']],
  ["Unknown option '--bogus'.", ['start', '--bogus']],
])('%s is followed by the usage', (problem, args) => {
  expect(() => parseOptions(args)).toThrow(`${problem}\n\n${usage}`)
})

it('takes documents as arguments of docs only', () => {
  expect(parseOptions(['docs', 'README.md'])?.files).toEqual(['README.md'])
  expect(() => parseOptions(['down', 'README.md'])).toThrow("Unknown argument 'README.md'.")
})
