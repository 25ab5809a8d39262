// What the failover itself costs a month: `npm run bench -- failover-cost`.
import { deterministic, printFigures } from '@tideway/spot-simulator/figures'
import { failoverCosts } from '../src/failover-costs'

const sizes = [10, 100, 1000]

async function bench(): Promise<void> {
  const costs = await failoverCosts(sizes)
  const figures = costs.flatMap((cost, index) => {
    const size = sizes[index] ?? Number.NaN
    const dollars = Object.values(cost).reduce((sum, part) => sum + part, 0)
    const of = `the failover of ${size.toLocaleString('en')} services, a month without a shortage`
    return [
      deterministic(of, dollars, 'US dollars', { digits: 2 }),
      deterministic(`${of}: for each service`, dollars / size, 'US dollars', { digits: 2 }),
    ]
  })
  printFigures(figures, process.argv)
}

void bench()
