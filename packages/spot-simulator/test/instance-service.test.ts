import { EcsSimulation, Ledger, none, unlimited } from '../src'
import { countsByProvider, record, watch } from './ecs-support'

const group = {
  tasksPerInstance: 2,
  scaling: { kind: 'managed' as const },
  launchSeconds: [60, 60] as const,
}

/** A base on on-demand instances and the rest on Spot instances, with managed scaling. */
function setUp(desiredCount: number) {
  const aws = new EcsSimulation({ seed: 1 })
  const ec2 = aws.addAutoScalingGroup({
    ...group,
    name: 'ec2',
    maxInstances: 10,
    initialInstances: 1,
  })
  const ec2Spot = aws.addAutoScalingGroup({
    ...group,
    name: 'ec2-spot',
    isSpot: true,
    maxInstances: 10,
    initialInstances: 2,
    spotInstanceDraining: true,
  })
  const strategy = [
    { capacityProvider: 'ec2', base: 1, weight: 1 },
    { capacityProvider: 'ec2-spot', weight: 3 },
  ]
  const worker = aws.createService({ name: 'worker', desiredCount, strategy, startsSteady: true })
  return { aws, ec2, ec2Spot, worker }
}

describe('a service on two Auto Scaling groups', () => {
  it('has its base on demand, and the rest by weight', async () => {
    const { worker } = setUp(5)
    expect(countsByProvider(worker)).toEqual({ ec2: 2, 'ec2-spot': 3 })
  })

  it('gets instances by managed scaling, which are active after their launch time', async () => {
    const { aws, ec2, ec2Spot, worker } = setUp(5)
    aws.setDesiredCount(worker, 13)
    await watch(aws, 600, () => expect(worker.servingCount).toBeGreaterThanOrEqual(5))
    expect(countsByProvider(worker)).toEqual({ ec2: 4, 'ec2-spot': 9 })
    expect(worker.servingCount).toBe(13)
    expect([ec2.group.instances.size, ec2Spot.group.instances.size]).toEqual([2, 5])
  })

  it('keeps its on-demand tasks in a drought of Spot instances, and recovers', async () => {
    const { aws, worker } = setUp(5)
    const recorded = record(aws)
    aws.setTrace('ec2-spot', none())
    const notices = recorded.filter(({ type }) => type === 'EC2 Spot Instance Interruption Warning')
    expect(notices).toHaveLength(2)
    await aws.run(300)
    expect(worker.servingCount).toBe(2)
    aws.setTrace('ec2-spot', unlimited())
    await aws.run(3600)
    expect(worker.servingCount).toBe(5)
  })

  it('pays for instances by the second, also for empty room', async () => {
    const { aws } = setUp(5)
    const ledger = new Ledger(aws)
    await aws.run(1000)
    expect([ledger.instanceSeconds('ec2'), ledger.instanceSeconds('ec2-spot')]).toEqual([
      1000, 2000,
    ])
    aws.setTrace('ec2-spot', none())
    await aws.run(1000)
    // Interrupted instances are paid until their notice of 120 s is over.
    expect([ledger.instanceSeconds('ec2'), ledger.instanceSeconds('ec2-spot')]).toEqual([
      2000, 2240,
    ])
  })
})
