# A thin layer over meson and ninja. The program is build/faultline.
BUILD ?= build
MESON ?= /usr/bin/meson
export NINJA ?= $(firstword $(wildcard /usr/bin/ninja) ninja)
FAULTLINE := $(BUILD)/faultline

all: deps-build $(BUILD)/build.ninja
	@$(NINJA) -C $(BUILD) $(NINJAFLAGS)

$(BUILD)/build.ninja: | deps-build
	$(MESON) setup $(BUILD)

# Each of these says which packages are missing and installs them; without root it prints the command.
deps: deps-build deps-test
deps-build deps-test deps-demo deps-bench deps-ci:
	@sh tools/deps.sh packages/$(@:deps-%=%)
deps-lab:
	@sh tools/deps.sh lab/packages

test: deps-test all
	@sh tests/run.sh $(BUILD)

# check answers 0, 1 or 2 for healthy, warning, critical: only 3 is a failure.
demo: deps-demo all
	@$(FAULTLINE) check; test $$? -lt 3
	@sh lab/demo

lint: deps-test all
	@$(MESON) test -C $(BUILD) --no-rebuild --suite lint --print-errorlogs

docs: all
	$(FAULTLINE) signals --doc >docs/signals.md.new
	mv docs/signals.md.new docs/signals.md
	$(FAULTLINE) explain --rules >docs/rules.md.new
	mv docs/rules.md.new docs/rules.md
	python3 tests/coverage/coverage.py >docs/coverage.md.new
	mv docs/coverage.md.new docs/coverage.md

# Prints its figures; fails when one is over its limit.
bench: deps-bench all
	@$(MESON) test -C $(BUILD) --benchmark --verbose

guest-test: deps-lab deps-test all
	@sh tests/guest.sh $(BUILD)

install: all
	$(MESON) install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD)

.PHONY: all deps deps-build deps-test deps-demo deps-bench deps-ci deps-lab test demo lint docs bench guest-test install clean
