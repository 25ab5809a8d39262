// Property tests draw the same cases in each run, so that a failure comes from the change that shows it. To open them up:
//   TIDEWAY_SEED=NUMBER   other cases
//   TIDEWAY_CASES=NUMBER  so many times as many
//   TIDEWAY_PATH=PATH     only the case that a failure has printed
const {
  TIDEWAY_SEED: seed = 20_261_121,
  TIDEWAY_CASES: factor = 1,
  TIDEWAY_PATH: path,
} = process.env

// A mock, because most tests do not use fast-check, and to load it takes longer than they run.
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
  const [, drawn, counterexample] = /seed: (-?\d+), path: "([\d:]*)"/.exec(error.message) ?? []
  if (drawn !== undefined) {
    // Whatever means something to a shell or to a regular expression matches any character.
    const title = currentTestName.replace(/[^\w ,:;-]/g, '.')
    error.message += `\n\nTo repeat this case: TIDEWAY_SEED=${drawn} TIDEWAY_PATH=${counterexample} npx nx test ${project} --testNamePattern='${title}'`
  }
  throw error
}
