import { DescribeServicesCommand } from '@aws-sdk/client-ecs'
import { drought, EcsSimulation, onOffZones, Random } from '../src'
import { ecsClient, onDemand } from './ecs-support'

const settings = {
  meanUpSeconds: 3000,
  meanDownSeconds: 1200,
  untilSeconds: 86_400,
  capacity: 8,
  zones: ['a', 'b', 'c'],
  correlation: 0.4,
}

/** A day with all kinds of changes, as a log of the published and the delivered events. */
async function day(seed: number): Promise<string[]> {
  const aws = new EcsSimulation({
    seed,
    fargateSpot: onOffZones(new Random(seed).fork('zones'), settings),
    events: { duplicates: 0.1, losses: 0.1, reorders: 0.1 },
  })
  const capacity = onOffZones(new Random(seed).fork('instances'), settings)
  const scaling = { kind: 'managed' as const, targetCapacityPercent: 80 }
  const group = { tasksPerInstance: 2, maxInstances: 20, isSpot: true, capacity, scaling }
  aws.addAutoScalingGroup({ name: 'ec2-spot', ...group })
  const log: string[] = []
  aws.bus.tap((event) => void log.push(`published ${JSON.stringify(event)}`))
  aws.bus.subscribe((event) => void log.push(`${aws.now} ${JSON.stringify(event)}`))
  const web = aws.createService({ name: 'web', desiredCount: 12 })
  const strategy = [{ capacityProvider: 'ec2-spot', weight: 1 }]
  aws.createService({ name: 'api', desiredCount: 8, strategy })
  aws.simulation.after(20_000, () => aws.deploy(web, { taskDefinition: 'web:2' }))
  aws.simulation.every(7200, () => aws.setDesiredCount(web, 20 - web.desiredCount))
  await aws.run(86_400)
  return log
}

describe('a simulation', () => {
  it('has the same events only for the same seed', async () => {
    const log = await day(11)
    expect(log.length).toBeGreaterThan(500)
    expect(await day(11)).toEqual(log)
    expect(await day(12)).not.toEqual(log)
  })

  it('gives a service the same starts, stops and retries whatever other services do', async () => {
    const log = async (hasOther: boolean) => {
      const fargateSpot = drought({ fromSeconds: 600, toSeconds: 4000 })
      const aws = new EcsSimulation({ seed: 1, fargateSpot })
      const web = aws.createService({ name: 'web', desiredCount: 4 })
      if (hasOther) aws.createService({ name: 'other', desiredCount: 9, strategy: onDemand })
      const steps: string[] = []
      aws.observe({
        serving: ({ service, ordinal }, change) => {
          if (service === web) steps.push(`${aws.now} ${ordinal} ${change}`)
        },
      })
      await aws.run(7200)
      return steps
    }
    const alone = await log(false)
    // Four tasks start and end, and four more start after the drought.
    expect(alone).toHaveLength(12)
    expect(await log(true)).toEqual(alone)
  })

  it('schedules only the periodic events of 10,000 steady services', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const scheduled = jest.spyOn(aws.simulation, 'at')
    for (let index = 0; index < 10_000; index++) {
      aws.createService({ name: `s${index}`, desiredCount: 3, startsSteady: true })
    }
    // One timer for each.
    expect(scheduled.mock.calls.length).toBe(10_000)
    await aws.run(3600)
    // A sixth of them publishes its steady state in this hour, and sets the next timer.
    expect(scheduled.mock.calls.length).toBeLessThan(12_000)
    const services = ['s0', 's9999']
    const command = new DescribeServicesCommand({ cluster: 'main', services })
    const output = await ecsClient(aws).send(command)
    expect(output.services?.map(({ runningCount }) => runningCount)).toEqual([3, 3])
  })

  it('schedules as much for each of 1,000 starting services as for each of 10', async () => {
    const perService = async (services: number) => {
      const aws = new EcsSimulation({ seed: 1, fargateLaunches: { perSecond: 1e6, burst: 1e6 } })
      const scheduled = jest.spyOn(aws.simulation, 'at')
      for (let index = 0; index < services; index++) {
        aws.createService({ name: `s${index}`, desiredCount: 3 })
      }
      await aws.run(3600)
      expect(aws.services.every(({ isSteady }) => isSteady)).toBe(true)
      return scheduled.mock.calls.length / services
    }
    expect(await perService(1000)).toBeLessThan(1.1 * (await perService(10)))
    expect(await perService(10)).toBeLessThan(15)
  })
})
