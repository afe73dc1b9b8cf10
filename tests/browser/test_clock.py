"""The cluster's time in the learner's hands."""

DAY = 86_400


def seconds(learner):
    """Return the time that the page shows, in seconds since midnight."""
    face = learner.page.locator("[data-clock-now]")
    learner.expect(face).not_to_have_text("--:--:--")
    hours, minutes, rest = face.inner_text().split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def passed(learner, since):
    return (seconds(learner) - since) % DAY


def waits_until(learner, moved, since, milliseconds=5000):
    """Wait until that many virtual seconds have passed; returns how many it is."""
    for _ in range(milliseconds // 50):
        if passed(learner, since) >= moved:
            return passed(learner, since)
        learner.page.wait_for_timeout(50)
    raise AssertionError(f"only {passed(learner, since)} of {moved} seconds passed")


def test_time_is_paused_stepped_hurried_and_jumped(learner):
    rate = learner.page.locator("[data-clock-rate]")
    learner.button("Pause time").click()
    learner.expect(learner.button("Pause time")).to_have_attribute("aria-pressed", "true")
    learner.page.wait_for_timeout(200)
    at = seconds(learner)
    learner.enters("kubectl run web --image=nginx && date +%T")
    learner.sees("pod/web created")
    learner.page.wait_for_timeout(1200)
    assert passed(learner, at) == 0
    learner.reads_in_map("ContainerCreating")
    learner.button("+1m: jump ahead one minute").click()
    assert 60 <= waits_until(learner, 60, at) <= 62
    learner.reads_in_map("Pods: 1 running")
    learner.button("Step to the next event").click()
    learner.button("60×, sixty times as fast").click()
    learner.expect(rate).to_have_text("60×")
    at = seconds(learner)
    waits_until(learner, 60, at)
    learner.button("1×, real time").click()
    learner.expect(learner.button("1×, real time")).to_have_attribute("aria-pressed", "true")
    at = seconds(learner)
    learner.button("+1h: jump ahead one hour").click()
    waits_until(learner, 3600, at)
    learner.page.reload()
    learner.is_live()
    assert 3600 <= waits_until(learner, 3600, at) < 3660
