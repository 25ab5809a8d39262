/** ARNs in one account and region. */
export class Arns {
  constructor(
    readonly region: string,
    readonly account: string,
  ) {}

  cluster(name: string): string {
    return this.ecs(`cluster/${name}`)
  }

  service(cluster: string, name: string): string {
    return this.ecs(`service/${cluster}/${name}`)
  }

  task(cluster: string, id: string): string {
    return this.ecs(`task/${cluster}/${id}`)
  }

  taskSet(cluster: string, service: string, id: string): string {
    return this.ecs(`task-set/${cluster}/${service}/${id}`)
  }

  containerInstance(cluster: string, id: string): string {
    return this.ecs(`container-instance/${cluster}/${id}`)
  }

  capacityProvider(name: string): string {
    return this.ecs(`capacity-provider/${name}`)
  }

  /** @param revision `family:1`, or an ARN, which is returned as is */
  taskDefinition(revision: string): string {
    return revision.startsWith('arn:') ? revision : this.ecs(`task-definition/${revision}`)
  }

  instance(id: string, zone: string): string {
    return `arn:aws:ec2:${zone}:instance/${id}`
  }

  autoScalingGroup(name: string): string {
    return `arn:aws:autoscaling:${this.region}:${this.account}:autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName/${name}`
  }

  private ecs(resource: string): string {
    return `arn:aws:ecs:${this.region}:${this.account}:${resource}`
  }
}
