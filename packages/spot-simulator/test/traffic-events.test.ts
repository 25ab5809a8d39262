import { flatArrivals, Random, uniformMixture } from '../src'
import { GroupTraffic } from '../src/traffic/group-traffic'
import { defaultAssumptions } from '../src/traffic/settings'

const short = { share: 0.7, maxSeconds: 1 }
const long = { share: 0.3, maxSeconds: 6 }
const perSecond = 200
const seenSeconds = 5

/** A target, in seconds. */
interface Life {
  readonly healthyAt: number
  readonly deregisteredAt: number
  readonly leavesAt: number
  readonly unhealthyAt: number
}

function randomLife(random: Random): Life {
  const healthyAt = random.between(-30, 60)
  const leavesAt = random.between(Math.max(1, healthyAt), 120)
  const unhealthyAt = leavesAt + 20
  // Sometimes in time, sometimes after its end.
  return { healthyAt, leavesAt, unhealthyAt, deregisteredAt: leavesAt + random.between(-12, 30) }
}

/** The same rules, one request after the other. */
function simulated(random: Random, lives: readonly Life[], seconds: number) {
  const counts = { left: 0, starting: 0, inFlight: 0, unavailable: 0, answered: 0 }
  let turn = 0
  const gap = () => -Math.log(1 - random.next()) / perSecond
  for (let at = 0; at < seconds; at += gap()) {
    const registered = lives.filter(
      ({ deregisteredAt }) => at < Math.max(0, deregisteredAt) + seenSeconds,
    )
    const healthy = registered.filter((life) => at >= life.healthyAt && at < life.unhealthyAt)
    const pool = healthy.length > 0 ? healthy : registered
    const target = pool[turn++ % pool.length]
    if (target === undefined) counts.unavailable++
    else if (at >= target.leavesAt) counts.left++
    else if (at < target.healthyAt - defaultAssumptions.answersBeforeHealthySeconds)
      counts.starting++
    else {
      const { maxSeconds } = random.chance(short.share) ? short : long
      const isDone = at + random.between(0, maxSeconds) < target.leavesAt
      counts[isDone ? 'answered' : 'inFlight']++
    }
  }
  return counts
}

function computed(lives: readonly Life[], seconds: number) {
  const traffic = new GroupTraffic({
    now: 0,
    arrivals: flatArrivals(perSecond),
    assumptions: {
      ...defaultAssumptions,
      serviceTimes: uniformMixture([short, long]),
      requestsAtOnce: 2000,
      deregistrationSeenSeconds: seenSeconds,
    },
    unhealthyAfterSeconds: 20,
    replacementSeconds: [60],
  })
  const changes = lives.flatMap((life) => {
    const target = traffic.register(0, true, life.healthyAt * 1000)
    return [
      { at: Math.max(0, life.deregisteredAt), change: traffic.deregister },
      { at: life.leavesAt, change: traffic.leave },
      { at: life.unhealthyAt, change: traffic.unhealthy },
      { at: life.unhealthyAt + 30, change: traffic.end },
    ].map(({ at, change }) => ({ at, run: () => change.call(traffic, at * 1000, target) }))
  })
  for (const { at, run } of changes.sort((one, other) => one.at - other.at)) {
    if (at < seconds) run()
  }
  traffic.advance(seconds * 1000)
  const { resetBy, unavailable, answered, late } = traffic.totals
  return { ...resetBy, unavailable, answered: answered + late }
}

it('computes what single requests would meet', () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = new Random(seed)
    const lives = Array.from({ length: random.integer(1, 5) }, () => randomLife(random))
    const events = simulated(random, lives, 150)
    const rates = computed(lives, 150)
    for (const key of Object.keys(events) as (keyof typeof events)[]) {
      // Five standard deviations of a Poisson number.
      const tolerance = 5 * Math.sqrt(rates[key] + 1)
      expect(Math.abs(events[key] - rates[key])).toBeLessThan(tolerance)
    }
  }
})
