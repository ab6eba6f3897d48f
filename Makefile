# Every target sets up what it needs on its first run; see README.md.
.PHONY: run test bench torture lint

run:
	@dev/bootstrap dev.world.run

test:
	@dev/bootstrap dev.checks.run

lint:
	@dev/bootstrap dev.checks.run lint

bench:
	@dev/bootstrap dev.bench.run

torture:
	@dev/bootstrap dev.torture all
