// Passes where every job of a pull request passed. A job may be skipped: there is no review for a fork.
//
//   RESULTS  the results of the jobs, separated by spaces
const { StepError, main, variable } = require('./github.cjs')

main(() => {
  const results = variable('RESULTS', 'the results of the jobs').split(' ')
  if (results.every((result) => result === 'success' || result === 'skipped')) return
  throw new StepError(`A job did not pass: ${results.join(', ')}.`)
})
