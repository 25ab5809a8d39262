// Property tests use a fixed seed, so that a new failure comes from the change under test. To change the cases:
//   TIDEWAY_SEED=NUMBER   uses another seed
//   TIDEWAY_CASES=NUMBER  multiplies the number of cases
//   TIDEWAY_PATH=PATH     only one case, as a failure prints it
const {
  TIDEWAY_SEED: seed = 20_261_121,
  TIDEWAY_CASES: factor = 1,
  TIDEWAY_PATH: path,
} = process.env

// A mock, because most tests do not use fast-check, and loading it takes longer than running them.
jest.mock('fast-check', () => {
  const actual = jest.requireActual('fast-check')
  actual.configureGlobal({ seed: Number(seed), ...(path && { path }) })
  /** @type {typeof actual.assert} */
  const assert = (property, parameters = {}) => {
    const numRuns = Math.ceil((parameters.numRuns ?? 100) * Number(factor))
    try {
      const outcome = actual.assert(property, { ...parameters, numRuns })
      return outcome?.catch(explain) ?? outcome
    } catch (error) {
      return explain(error)
    }
  }
  return { ...actual, __esModule: true, assert, default: { ...actual.default, assert } }
})

/** @param {Error} error */
function explain(error) {
  const { testPath = '', currentTestName = '' } = expect.getState()
  const project = /[^/]+(?=\/test\/)/.exec(testPath)?.[0]
  const [, failedSeed, counterexample] = /seed: (-?\d+), path: "([\d:]*)"/.exec(error.message) ?? []
  if (failedSeed !== undefined) {
    // A dot replaces each character that is special in a shell or a regular expression.
    const title = currentTestName.replace(/[^\w ,:;-]/g, '.')
    error.message += `\n\nTo repeat this case: TIDEWAY_SEED=${failedSeed} TIDEWAY_PATH=${counterexample} npx nx test ${project} --testNamePattern='${title}'`
  }
  throw error
}
