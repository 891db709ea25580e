package made

import "testing"

func TestEveryWayMeetsEveryOther(t *testing.T) {
	for _, overHTTP := range []bool{false, true} {
		rows := Mannered(overHTTP)
		if len(rows) > 20 {
			t.Errorf("there are %d manners, more than need be", len(rows))
		}
		for _, m := range rows {
			if err := m.Check(overHTTP); err != nil {
				t.Error(err)
			}
		}
		for i, a := range choices {
			for _, b := range choices[:i] {
				if a.elsewhere(overHTTP) || b.elsewhere(overHTTP) {
					continue
				}
				for _, one := range a.ways {
					for _, other := range b.ways {
						if !together(rows, a.name, one, b.name, other) {
							t.Errorf("%s %s never meets %s %s", a.name, one, b.name, other)
						}
					}
				}
			}
		}
	}
}

func together(rows []Manners, a, one, b, other string) bool {
	for _, m := range rows {
		if m[a] == one && m[b] == other {
			return true
		}
	}
	return false
}

func TestMannersThatDoNotExistAreRefused(t *testing.T) {
	for _, m := range []Manners{{"manner": "kind"}, {"extras": "eaten"}, {"answers": "events"}} {
		if m.Check(false) == nil {
			t.Errorf("%v was taken", m)
		}
	}
}
