"""Twenty instances, some late, some hostile, over years: do they still come to the same cent?"""
