import type { MotoPatch } from '../gateway/moto-patch'
import { applicationAutoscaling } from './application-autoscaling'
import { autoscaling } from './autoscaling'
import { CloudFront } from './cloudfront'
import { codedeploy } from './codedeploy'
import { Ec2 } from './ec2'
import { EcsServices } from './ecs'
import { ElastiCache } from './elasticache'
import { Lambda } from './lambda'
import { ManagedSecrets } from './managed-secrets'
import { Rds } from './rds'
import { route53 } from './route53'
import { sqs } from './sqs'
import { stepFunctions } from './step-functions'

export interface MotoPatches {
  readonly all: readonly MotoPatch[]
  /** The services that a drought runs. */
  readonly ecs: EcsServices
  /** The code of the functions that a drought invokes. */
  readonly lambda: Lambda
}

export function motoPatches(): MotoPatches {
  const ecs = new EcsServices()
  const lambda = new Lambda()
  const secrets = new ManagedSecrets()
  return {
    ecs,
    lambda,
    all: [
      applicationAutoscaling(),
      autoscaling(),
      new CloudFront(),
      codedeploy(),
      new Ec2(),
      ecs.patch,
      new ElastiCache(),
      lambda,
      new Rds(secrets),
      secrets.patch,
      route53(),
      sqs(),
      stepFunctions(),
    ],
  }
}
